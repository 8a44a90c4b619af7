import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import type { Instrumented } from "../shared/instrumented.ts";

const CONNECTION = { library: "mongodb", path: "lib/cmap/connection.js", versions: [">=6.4.0 <8"] };

/** Options of the instrumentation of `mongodb`. */
export type MongoDbInstrumentationConfig = InstrumentationConfig;

/** Files and options of the instrumentation of `mongodb`. */
export const mongoDb: Instrumented<MongoDbInstrumentationConfig> = {
  name: "mongodb",
  options: {},
  files: [CONNECTION],
};
