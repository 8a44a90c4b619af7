// Queries and connection pools of the `pg` package.
import {
  type Attach,
  ConnectionPools,
  DatabaseOperations,
  isSameFile,
  LibraryInstrumentation,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { measureClientQueries, PoolReader } from "./client.ts";
import { CLIENT, PARAMETERS, pg, type PgInstrumentationConfig } from "./index.ts";

/**
 * Records the durations of queries of the `pg` package and the figures of its connection pools.
 *
 * @example
 * new PgInstrumentation();
 */
export class PgInstrumentation extends LibraryInstrumentation<PgInstrumentationConfig> {
  constructor(config: PgInstrumentationConfig = {}) {
    super(pg, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<PgInstrumentationConfig>): Attach {
  const operations = new DatabaseOperations(recording.meter, "postgresql");
  const reader = new PoolReader();
  const pools = new ConnectionPools(recording, (pool) => reader.read(pool));
  return (exports, file) => {
    if (isSameFile(file, CLIENT)) {
      recording.wrap(prototypeOf(exports), "query", measureClientQueries(recording, operations));
    } else if (isSameFile(file, PARAMETERS)) reader.parametersClass(exports);
    else recording.before(prototypeOf(exports), "connect", (pool) => pools.watch(Object(pool)));
  };
}
