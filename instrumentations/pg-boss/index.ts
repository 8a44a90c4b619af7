import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";

/** The instrumentation of `pg-boss`. `destination` names a queue; default: the queue's own name. */
export const pgBoss: Instrumented<MessagingConfig> = {
  name: "pg_boss",
  options: MESSAGING_OPTIONS,
  files: [{ library: "pg-boss", path: "src/manager.js", versions: [">=10.0.0 <12"] }],
};
