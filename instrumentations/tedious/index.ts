import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";

/** The instrumentation of `tedious`. */
export const tedious: Instrumented<InstrumentationConfig> = {
  name: "tedious",
  options: {},
  files: [{ library: "tedious", path: "lib/connection.js", versions: [">=18.0.0 <21"] }],
};
