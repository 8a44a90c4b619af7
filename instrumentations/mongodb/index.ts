import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";

/** The instrumentation of `mongodb`. */
export const mongoDb: Instrumented<InstrumentationConfig> = {
  name: "mongodb",
  options: {},
  files: [{ library: "mongodb", path: "lib/cmap/connection.js", versions: [">=6.4.0 <8"] }],
};
