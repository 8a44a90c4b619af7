import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";

const library = "mongodb";
const versions = [">=6.4.0 <8"];
const CONNECTION: InstrumentedFile = { library, path: "lib/cmap/connection.js", versions };
export const POOL: InstrumentedFile = { library, path: "lib/cmap/connection_pool.js", versions };

/** The instrumentation of `mongodb`. */
export const mongoDb: Instrumented<InstrumentationConfig> = {
  name: "mongodb",
  options: {},
  files: [CONNECTION, POOL],
};
