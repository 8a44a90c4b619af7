import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";

/** The instrumentation of `moleculer`. `destination` names an event; default: its own name. */
export const moleculer: Instrumented<MessagingConfig> = {
  name: "moleculer",
  options: MESSAGING_OPTIONS,
  files: [{ library: "moleculer", path: "src/middleware.js", versions: [">=0.14.20 <0.16"] }],
};
