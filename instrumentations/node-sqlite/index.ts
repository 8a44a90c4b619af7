import { isBuiltin } from "node:module";
import { isOtherRuntime } from "../../src/io/runtime.ts";
import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";

/** The instrumentation of `node:sqlite`. */
export const nodeSqlite: Instrumented<InstrumentationConfig> = {
  name: "node_sqlite",
  options: {},
  // Part of Node.js, from 22.5 on.
  files: [],
  beginsAtOnce: !isOtherRuntime && isBuiltin("node:sqlite"),
};
