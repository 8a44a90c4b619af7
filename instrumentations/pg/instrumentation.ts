// Queries and connection pools of the `pg` package.
import {
  type Attach,
  ConnectionPools,
  DatabaseOperations,
  LibraryInstrumentation,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { PoolTargets, readPool } from "./pools.ts";
import { measureQueries } from "./queries.ts";
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
  const targets = new PoolTargets();
  const pools = new ConnectionPools(recording, (pool) => readPool(pool, targets));
  return (exports, file) => {
    if (file === CLIENT) {
      recording.wrap(prototypeOf(exports), "query", measureQueries(recording, operations));
    } else if (file === PARAMETERS) targets.parametersClass(exports);
    else recording.before(prototypeOf(exports), "connect", (pool) => pools.watch(Object(pool)));
  };
}
