import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";

/** The instrumentation of `memjs`. */
export const memjs: Instrumented<InstrumentationConfig> = {
  name: "memjs",
  options: {},
  files: [{ library: "memjs", path: "lib/memjs/memjs.js", versions: [">=1.2.0 <2"] }],
};
