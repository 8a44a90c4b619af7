import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";

/** The instrumentation of `cassandra-driver`. */
export const cassandraDriver: Instrumented<InstrumentationConfig> = {
  name: "cassandra_driver",
  options: {},
  files: [{ library: "cassandra-driver", path: "lib/request-handler.js", versions: [">=4.5.0 <5"] }],
};
