// Queries and connection pools of the `pg` package.
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
import { PoolTargets, readPool } from "./pools.ts";
import { measureQueries } from "./queries.ts";

// Older ones never connect on Node.js 14 and later.
const VERSIONS = [">=8.0.3 <9"];
const CLIENT = { library: "pg", path: "lib/client.js", versions: VERSIONS };
const PARAMETERS = { library: "pg", path: "lib/connection-parameters.js", versions: VERSIONS };
const POOL = { library: "pg-pool", versions: [">=3.0.0 <4"] };

/** Options of the instrumentation of `pg`. */
export type PgInstrumentationConfig = InstrumentationConfig;

/**
 * Records the durations of queries of the `pg` package and the figures of its connection pools.
 *
 * @example
 * new PgInstrumentation();
 */
export class PgInstrumentation extends LibraryInstrumentation<PgInstrumentationConfig> {
  static readonly options: Readonly<Record<string, OptionCheck>> = {};

  constructor(config: PgInstrumentationConfig = {}) {
    super("pg", config, PgInstrumentation.options);
  }

  // `pg` requires its pool itself, so that the pool is seen from ES modules too.
  override get unseenByRequire(): readonly string[] {
    return [];
  }

  protected override files(): readonly InstrumentedFile[] {
    return [CLIENT, PARAMETERS, POOL];
  }

  protected override begin(recording: Recording<PgInstrumentationConfig>): Attach {
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
}
