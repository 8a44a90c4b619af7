import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";

/** The instrumentation of `tarn`, whose pools `knex` and `mssql` use. */
export const tarn: Instrumented<InstrumentationConfig> = {
  name: "tarn",
  options: {},
  files: [{ library: "tarn", path: "dist/Pool.js", versions: [">=3.0.0 <4"] }],
};
