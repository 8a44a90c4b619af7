import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig, flagOption } from "../shared/options.ts";

/** `destination` names a namespace; default: its name with `*` in place of each part that looks like an id. */
export interface SocketIoConfig extends MessagingConfig {
  /**
   * Whether the events of a namespace are counted separately: `/chat message` in place of `/chat`. @defaultValue
   * false
   */
  byEvent?: boolean;
}

/** The instrumentation of `socket.io`. */
export const socketIo: Instrumented<SocketIoConfig> = {
  name: "socket_io",
  options: { ...MESSAGING_OPTIONS, byEvent: flagOption },
  files: [{ library: "socket.io", path: "dist/socket.js", versions: [">=4.5.0 <5"] }],
};
