import { type ConnectionPoolFigures, ConnectionPools } from "../shared/connection-pools.ts";
import { DatabaseOperations, targetsBy } from "../shared/database-operations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, isObject, listIn } from "../shared/fields.ts";
import { type Attach, isSameFile } from "../shared/instrumented.ts";
import { observed } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";
import { measureQueries } from "../shared/sql-operations.ts";
import { POOL, THIN } from "./index.ts";
import { targetOf, targetOfPool } from "./targets.ts";

// The operations of methods without a statement. Versions below 7 have no pipelines.
const OPERATIONS = { commit: "COMMIT", rollback: "ROLLBACK", runPipeline: "BATCH" };
const CLOSED = 6002;

/** Records the durations of operations of the `oracledb` package and its connection pools. */
export function begin(recording: Recording<unknown>): Attach {
  const operations = new DatabaseOperations(recording.meter, "oracle.db", statusOf);
  const pools = new ConnectionPools(recording, {
    library: "oracledb",
    target: targetOfPool,
    figures: figuresOf,
  });
  return (exports, file) => {
    const prototype = prototypeOf(exports);
    if (isSameFile(file, THIN)) measureConnects(recording, pools, prototype);
    else if (isSameFile(file, POOL)) recording.wrap(prototype, "getConnection", pools.requested());
    else measureConnections(recording, operations, pools, prototype);
  };
}

function measureConnections(
  recording: Recording<unknown>,
  operations: DatabaseOperations,
  pools: ConnectionPools,
  prototype: object,
): void {
  const targets = targetsBy(targetOf);
  const measure = (name: string, operation?: string): void => {
    const queries = measureQueries(recording, operations, {
      statement: "statement",
      operation,
      targetOf: targets,
      withOwnCallback: () => undefined,
      follow: (result, settled) => observed(result, { fulfilled: () => settled(), rejected: settled }),
    });
    recording.wrap(prototype, name, queries);
  };
  for (const name of ["execute", "executeMany"]) measure(name);
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    if (hasMethods(prototype, name)) measure(name, operation);
  }
  for (const name of ["close", "release"]) {
    recording.before(prototype, name, (connection) =>
      pools.returned(Object(fieldOf(connection, "_pool")), connection),
    );
  }
}

function measureConnects(recording: Recording<unknown>, pools: ConnectionPools, prototype: object): void {
  recording.outcome(prototype, "connect", (connection) => {
    pools.connecting(connection);
    const pool = fieldOf(connection, "_pool");
    return isObject(pool) ? { fulfilled: () => pools.created(pool, connection) } : {};
  });
}

function figuresOf(pool: object): ConnectionPoolFigures | undefined {
  if (fieldOf(pool, "status") === CLOSED) return undefined;
  const figure = (name: string): number => Number(fieldOf(pool, name));
  const used = figure("connectionsInUse");
  const waiting = fieldOf(fieldOf(pool, "_pendingRequestQueue"), "size");
  return {
    idle: figure("connectionsOpen") - used,
    used,
    // Older versions have a list.
    pending: typeof waiting === "number" ? waiting : listIn(pool, "_connRequestQueue").length,
    max: figure("poolMax"),
    idleMin: figure("poolMin"),
  };
}

// Codes of the package itself begin with `NJS-`.
function statusOf(error: unknown): string | undefined {
  const code = fieldOf(error, "code");
  return typeof code === "string" && /^ORA-\d{5}$/.test(code) ? code : undefined;
}
