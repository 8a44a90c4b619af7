import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";

/** The instrumentation of `node:dns`. */
export const dns: Instrumented<InstrumentationConfig> = {
  name: "dns",
  options: {},
  // Part of Node.js.
  files: [],
};
