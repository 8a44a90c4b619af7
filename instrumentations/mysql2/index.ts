import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";

const library = "mysql2";
const OLDER = [">=3.0.0 <3.11.5"];
const VERSIONS = [">=3.11.5 <4"];
const CONNECTIONS = [
  { library, path: "lib/connection.js", versions: OLDER },
  { library, path: "lib/base/connection.js", versions: VERSIONS },
];
export const POOLS: readonly InstrumentedFile[] = [
  { library, path: "lib/pool.js", versions: OLDER },
  { library, path: "lib/base/pool.js", versions: VERSIONS },
];

/** The instrumentation of `mysql2`. */
export const mysql2: Instrumented<InstrumentationConfig> = {
  name: "mysql2",
  options: {},
  files: [...CONNECTIONS, ...POOLS],
  channels: ["tracing:mysql2:query:start", "tracing:mysql2:execute:start"],
  publishedSince: "3.20.0",
};
