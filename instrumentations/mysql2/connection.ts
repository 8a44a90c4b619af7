// The targets and figures of `mysql2`'s pools, which has no public ones, and the forms of its queries.
import { EventEmitter, errorMonitor } from "node:events";
import {
  type ConnectionPoolReading,
  type DatabaseOperations,
  type DatabaseTarget,
  fieldOf,
  isNodeCallback,
  isObject,
  measuredCallback,
  measureQueries,
  type Recording,
  type Settled,
  targetFrom,
  targetsBy,
  type Wrap,
} from "../shared/index.ts";

function targetOf(config: unknown): DatabaseTarget {
  const socket = fieldOf(config, "socketPath");
  const host = typeof socket === "string" ? socket : fieldOf(config, "host");
  return targetFrom(host, fieldOf(config, "port"), fieldOf(config, "database"), 3306);
}

/** A pool's target and figures. */
export function readPool(pool: object): ConnectionPoolReading {
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

/**
 * Wraps `query` or `execute` of a connection, in each form: with a callback among the arguments, with a command that has
 * one (as pools call it), or without a callback, for which a command is returned that emits events. The package itself
 * makes promises from callbacks.
 */
export function measureCommands(recording: Recording<unknown>, operations: DatabaseOperations): Wrap {
  const targets = targetsBy(targetOf);
  return measureQueries(recording, operations, {
    statement: "sql",
    targetOf: (connection) => targets(fieldOf(connection, "config")),
    withOwnCallback: (args, settled) => {
      const onResult = fieldOf(args[0], "onResult");
      if (!isObject(args[0]) || !isNodeCallback(onResult)) return undefined;
      Reflect.set(args[0], "onResult", measuredCallback(onResult, settled));
      return args;
    },
    follow: seeEnd,
  });
}

function seeEnd(result: unknown, settled: Settled): unknown {
  if (!(result instanceof EventEmitter)) return result;
  result.once(errorMonitor, settled);
  return result.once("end", () => settled());
}
