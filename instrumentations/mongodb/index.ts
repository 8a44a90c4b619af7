import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";
import { flagOption } from "../shared/options.ts";

const library = "mongodb";
const versions = [">=6.4.0 <8"];
const CONNECTION: InstrumentedFile = { library, path: "lib/cmap/connection.js", versions };
export const POOL: InstrumentedFile = { library, path: "lib/cmap/connection_pool.js", versions };

/** Options of the instrumentation of `mongodb`. */
export interface MongoDbConfig extends InstrumentationConfig {
  /**
   * Whether connection pools are recorded. `start()` leaves them out if OpenTelemetry's instrumentation is chosen.
   * @defaultValue true
   */
  pools?: boolean;
}

/** The instrumentation of `mongodb`. */
export const mongoDb: Instrumented<MongoDbConfig> = {
  name: "mongodb",
  options: { pools: flagOption },
  files: [CONNECTION, POOL],
};
