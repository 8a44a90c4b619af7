// Queries and connection pools of the `mysql2` package.
import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import {
  type Attach,
  ConnectionPools,
  DatabaseOperations,
  type InstrumentedFile,
  LibraryInstrumentation,
  type OptionCheck,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { readPool } from "./pools.ts";
import { measureCommands } from "./queries.ts";

const library = "mysql2";
const OLDER = [">=3.0.0 <3.11.5"];
const VERSIONS = [">=3.11.5 <4"];
const CONNECTIONS = [
  { library, path: "lib/connection.js", versions: OLDER },
  { library, path: "lib/base/connection.js", versions: VERSIONS },
];
const POOLS = [
  { library, path: "lib/pool.js", versions: OLDER },
  { library, path: "lib/base/pool.js", versions: VERSIONS },
];

/** Options of the instrumentation of `mysql2`. */
export type Mysql2InstrumentationConfig = InstrumentationConfig;

/**
 * Records the durations of queries of the `mysql2` package and the figures of its connection pools.
 *
 * @example
 * new Mysql2Instrumentation();
 */
export class Mysql2Instrumentation extends LibraryInstrumentation<Mysql2InstrumentationConfig> {
  static readonly options: Readonly<Record<string, OptionCheck>> = {};

  constructor(config: Mysql2InstrumentationConfig = {}) {
    super("mysql2", config, Mysql2Instrumentation.options);
  }

  protected override files(): readonly InstrumentedFile[] {
    return [...CONNECTIONS, ...POOLS];
  }

  protected override begin(recording: Recording<Mysql2InstrumentationConfig>): Attach {
    const operations = new DatabaseOperations(recording.meter, "mysql");
    const pools = new ConnectionPools(recording, readPool);
    return (exports, file) => {
      const prototype = prototypeOf(exports);
      if (POOLS.some(({ path }) => path === file.path)) {
        recording.before(prototype, "getConnection", (pool) => pools.watch(Object(pool)));
        return;
      }
      for (const name of ["query", "execute"]) {
        recording.wrap(prototype, name, measureCommands(recording, operations));
      }
    };
  }
}
