import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";

const library = "pg-boss";
export const MANAGER: InstrumentedFile = { library, path: "src/manager.js", versions: [">=10.0.0 <12"] };
// Version 12 is an ES module. Until 12.4, all of it was one file that exports no manager.
const MODULE: InstrumentedFile = {
  library,
  path: "dist/manager.js",
  isModule: true,
  versions: [">=12.5.0 <13"],
};

/** The instrumentation of `pg-boss`. `destination` names a queue; default: the queue's own name. */
export const pgBoss: Instrumented<MessagingConfig> = {
  name: "pg_boss",
  options: MESSAGING_OPTIONS,
  files: [MANAGER, MODULE],
};
