// The targets and figures of `mysql2`'s pools, which has no public ones.
import { type ConnectionPoolFigures, type DatabaseTarget, fieldOf } from "../shared/index.ts";

/** The target of a connection's configuration. */
export function targetOf(config: unknown): DatabaseTarget {
  const socket = fieldOf(config, "socketPath");
  const host = typeof socket === "string" ? socket : fieldOf(config, "host");
  const port = Number(fieldOf(config, "port"));
  const database = fieldOf(config, "database");
  return {
    address: typeof host === "string" && host !== "" ? host : "localhost",
    port: Number.isInteger(port) && port > 0 ? port : 3306,
    namespace: typeof database === "string" ? database : "",
  };
}

/** A pool's target and figures. */
export function readPool(pool: object): { target: DatabaseTarget; figures: ConnectionPoolFigures } {
  const config = fieldOf(pool, "config");
  const limit = fieldOf(config, "connectionLimit");
  const idle = lengthOf(pool, "_freeConnections");
  return {
    target: targetOf(fieldOf(config, "connectionConfig")),
    figures: {
      idle,
      used: lengthOf(pool, "_allConnections") - idle,
      pending: lengthOf(pool, "_connectionQueue"),
      // 0 is no limit.
      max: typeof limit === "number" && limit > 0 ? limit : undefined,
    },
  };
}

function lengthOf(pool: object, queue: string): number {
  const length = fieldOf(fieldOf(pool, queue), "length");
  if (typeof length === "number") return length;
  throw new TypeError(`a pool of mysql2 has no "${queue}"`);
}
