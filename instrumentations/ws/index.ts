import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";

const versions = [">=7.0.0 <9"];
const SOCKET = { library: "ws", path: "lib/websocket.js", versions };
export const SERVER: InstrumentedFile = { library: "ws", path: "lib/websocket-server.js", versions };

/**
 * The instrumentation of `ws`. `destination` names a URL's path; default: the path with `*` in place of each segment
 * that looks like an id.
 */
export const ws: Instrumented<MessagingConfig> = {
  name: "ws",
  options: MESSAGING_OPTIONS,
  files: [SOCKET, SERVER],
};
