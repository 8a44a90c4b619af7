import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";

/** The instrumentation of `generic-pool`. */
export const genericPool: Instrumented<InstrumentationConfig> = {
  name: "generic_pool",
  options: {},
  files: [{ library: "generic-pool", path: "lib/Pool.js", versions: [">=3.0.0 <4"] }],
};
