// Queries and connection pools of the `mysql2` package.
import {
  type Attach,
  ConnectionPools,
  DatabaseOperations,
  LibraryInstrumentation,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { measureCommands, readPool } from "./connection.ts";
import { mysql2, type Mysql2InstrumentationConfig, POOLS } from "./index.ts";

/**
 * Records the durations of queries of the `mysql2` package and the figures of its connection pools.
 *
 * @example
 * new Mysql2Instrumentation();
 */
export class Mysql2Instrumentation extends LibraryInstrumentation<Mysql2InstrumentationConfig> {
  constructor(config: Mysql2InstrumentationConfig = {}) {
    super(mysql2, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<Mysql2InstrumentationConfig>): Attach {
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
