import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";

const library = "oracledb";
const versions = [">=6.0.0 <8", ">=26.0.0 <27"];
export const POOL: InstrumentedFile = { library, path: "lib/pool.js", versions };
/** The connections of thin mode, below those of the application. */
export const THIN: InstrumentedFile = { library, path: "lib/thin/connection.js", versions };

/** The instrumentation of `oracledb`. */
export const oracledb: Instrumented<InstrumentationConfig> = {
  name: "oracledb",
  options: {},
  files: [{ library, path: "lib/connection.js", versions }, POOL, THIN],
};
