import { EventEmitter } from "node:events";
import type { Wrap } from "../../src/recording/replace-method.ts";
import { type ConnectionPoolFigures, ConnectionPools } from "../shared/connection-pools.ts";
import {
  DatabaseOperations,
  type DatabaseTarget,
  targetFrom,
  targetsBy,
} from "../shared/database-operations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { isCallback, measuredCallback } from "../shared/observed.ts";
import { type PublishedCalls, publishedTargets, recordPublished } from "../shared/published-calls.ts";
import type { Recording } from "../shared/recording.ts";
import { measureQueries, seeEnd, SqlOperations } from "../shared/sql-operations.ts";
import { POOLS } from "./index.ts";

/** Records the durations of queries of the `mysql2` package and its connection pools. */
export function begin(recording: Recording<unknown>): Attach {
  const operations = new DatabaseOperations(recording.meter, "mysql");
  if (recording.isBundled) recordQueries(recording, operations);
  const pools = new ConnectionPools(recording, {
    target: (pool) => targetOf(fieldOf(fieldOf(pool, "config"), "connectionConfig")),
    figures: figuresOf,
  });
  return (exports, file) => {
    const prototype = prototypeOf(exports);
    if (POOLS.some(({ path }) => path === file.path)) {
      measurePools(recording, pools, prototype);
      return;
    }
    recording.before(prototype, "connect", (connection) => pools.connecting(connection));
    for (const name of ["query", "execute"]) {
      recording.wrap(prototype, name, measureCommands(recording, operations));
    }
  };
}

function measurePools(recording: Recording<unknown>, pools: ConnectionPools, prototype: object): void {
  recording.wrap(prototype, "getConnection", pools.requested());
  recording.before(prototype, "releaseConnection", (pool, connection) =>
    pools.returned(Object(pool), connection),
  );
  recording.before(prototype, "emit", (pool, event, connection) => {
    if (event === "connection") pools.created(Object(pool), connection);
  });
}

function recordQueries(recording: Recording<unknown>, operations: DatabaseOperations): void {
  const sql = new SqlOperations();
  const targets = publishedTargets(({ address, port, database }) =>
    targetOf({ host: address, port, database, socketPath: port === undefined ? address : undefined }),
  );
  const queries: PublishedCalls<string> = {
    begin: ({ query }) => sql.of(query),
    end: (operation, nanos, call, error) => operations.record(targets(call), operation, nanos, error),
  };
  recordPublished(recording, { "mysql2:query": queries, "mysql2:execute": queries });
}

function targetOf(config: unknown): DatabaseTarget {
  const target = targetFrom(
    fieldOf(config, "host"),
    fieldOf(config, "port"),
    fieldOf(config, "database"),
    3306,
  );
  const socket = fieldOf(config, "socketPath");
  return typeof socket === "string" ? { ...target, address: socket, port: 0 } : target;
}

// Read from private fields: the package has no public ones.
function figuresOf(pool: object): ConnectionPoolFigures | undefined {
  if (fieldOf(pool, "_closed") === true) return undefined;
  const config = fieldOf(pool, "config");
  const limit = fieldOf(config, "connectionLimit");
  const idleMax = fieldOf(config, "maxIdle");
  const idle = lengthOf(pool, "_freeConnections");
  return {
    idle,
    used: lengthOf(pool, "_allConnections") - idle,
    pending: lengthOf(pool, "_connectionQueue"),
    // 0 means no limit.
    max: typeof limit === "number" && limit > 0 ? limit : undefined,
    idleMax: typeof idleMax === "number" ? idleMax : undefined,
  };
}

function lengthOf(pool: object, queue: string): number {
  const length = fieldOf(fieldOf(pool, queue), "length");
  if (typeof length === "number") return length;
  throw new TypeError(`a pool of mysql2 has no "${queue}"`);
}

/**
 * Wraps `query` or `execute` of a connection, in each of its forms. The callback is an argument, or is part of a
 * command, as in calls by pools. Without a callback, the method returns a command that emits events. The package's
 * promises are built on callbacks.
 */
function measureCommands(recording: Recording<unknown>, operations: DatabaseOperations): Wrap {
  const targets = targetsBy(targetOf);
  return measureQueries(recording, operations, {
    statement: "sql",
    targetOf: (connection) => targets(fieldOf(connection, "config")),
    withOwnCallback: (args, settled) => {
      const [command] = args;
      const onResult = fieldOf(command, "onResult");
      if (!(command instanceof EventEmitter) || !isCallback(onResult)) return undefined;
      Reflect.set(command, "onResult", measuredCallback(onResult, settled));
      return args;
    },
    follow: (result, settled) => (result instanceof EventEmitter ? seeEnd(result, settled) : result),
  });
}
