import { EventEmitter } from "node:events";
import type { Wrap } from "../../src/recording/replace-method.ts";
import { type ConnectionPoolReading, connectionPools } from "../shared/connection-pools.ts";
import {
  DatabaseOperations,
  type DatabaseTarget,
  targetFrom,
  targetsBy,
} from "../shared/database-operations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, isObject, listIn } from "../shared/fields.ts";
import { type Attach, isSameFile } from "../shared/instrumented.ts";
import { isCallback, measuredCallback, observed } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";
import { measureQueries, seeEnd } from "../shared/sql-operations.ts";
import { CLIENT, PARAMETERS } from "./index.ts";

/** Records the durations of queries of the `pg` package and the state of the pools of `pg-pool`. */
export function begin(recording: Recording<unknown>): Attach {
  const operations = new DatabaseOperations(recording.meter, "postgresql");
  const reader = new PoolReader();
  const watchPool = connectionPools(recording, (pool) => reader.read(pool));
  return (exports, file) => {
    if (isSameFile(file, CLIENT)) {
      recording.wrap(prototypeOf(exports), "query", measureClientQueries(recording, operations));
    } else if (isSameFile(file, PARAMETERS)) reader.parametersClass(exports);
    else recording.before(prototypeOf(exports), "connect", (pool) => watchPool(Object(pool)));
  };
}

type ParametersClass = new (options: unknown) => unknown;

// A client and parsed connection parameters have the same fields.
function targetOf(parameters: unknown): DatabaseTarget {
  const [host, port] = [fieldOf(parameters, "host"), fieldOf(parameters, "port")];
  return targetFrom(host, port, fieldOf(parameters, "database"), 5432);
}

// Reads pools. Their targets are found by the library's own parser for options, connection strings and environment
// variables.
class PoolReader {
  #parametersClass: ParametersClass | undefined;
  // A pool may not have a client yet.
  readonly #targets = targetsBy((pool) => {
    const Parameters = this.#parametersClass;
    const options = fieldOf(pool, "options");
    return targetOf(Parameters === undefined ? options : new Parameters(options));
  });

  // Stores the class of connection parameters from the exports of its file.
  parametersClass(exports: unknown): void {
    const exported: unknown = typeof exports === "function" ? exports : fieldOf(exports, "default");
    if (isParametersClass(exported)) this.#parametersClass = exported;
  }

  read(pool: object): ConnectionPoolReading | undefined {
    if (fieldOf(pool, "ended") === true) return undefined;
    const idle = listIn(pool, "_idle").length;
    const max = fieldOf(fieldOf(pool, "options"), "max");
    return {
      target: this.#targets(pool),
      figures: {
        idle,
        used: listIn(pool, "_clients").length - idle,
        pending: listIn(pool, "_pendingQueue").length,
        max: typeof max === "number" && Number.isFinite(max) ? max : undefined,
      },
    };
  }
}

function isParametersClass(value: unknown): value is ParametersClass {
  return typeof value === "function" && isObject(value.prototype);
}

/**
 * Wraps `Client.prototype.query`, in each of its forms: with a callback among the arguments or in the configuration,
 * with a promise, or with a `Query` object. A `Query` may have events only. Cursors and streams are not measured.
 */
function measureClientQueries(recording: Recording<unknown>, operations: DatabaseOperations): Wrap {
  return measureQueries(recording, operations, {
    statement: "text",
    targetOf: targetsBy(targetOf),
    withOwnCallback: (args, settled) => {
      const [config] = args;
      const callback = fieldOf(config, "callback");
      if (!isObject(config) || !isCallback(callback)) return undefined;
      const value = measuredCallback(callback, settled);
      if (typeof fieldOf(config, "submit") === "function") {
        Reflect.set(config, "callback", value);
        return args;
      }
      // The application's object is not changed.
      const copy: unknown = Object.create(config, { callback: { value, enumerable: true, writable: true } });
      return args.with(0, copy);
    },
    // Cursors and streams are returned as they are.
    follow: (result, settled) =>
      isQuery(result)
        ? seeEnd(result, settled)
        : observed(result, { fulfilled: () => settled(), rejected: settled }),
  });
}

// Cursors and streams are emitters without this method.
function isQuery(result: unknown): result is EventEmitter {
  return result instanceof EventEmitter && hasMethods(result, "requiresPreparation");
}
