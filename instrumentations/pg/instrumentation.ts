import { EventEmitter } from "node:events";
import type { Wrap } from "../../src/recording/replace-method.ts";
import {
  type ConnectionPoolFigures,
  type ConnectionPoolReader,
  ConnectionPools,
} from "../shared/connection-pools.ts";
import { nowMillis } from "../shared/clock.ts";
import {
  DatabaseOperations,
  type DatabaseTarget,
  targetFrom,
  targetsBy,
} from "../shared/database-operations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, isObject, listIn } from "../shared/fields.ts";
import { type Attach, isSameFile } from "../shared/instrumented.ts";
import { type Callback, isCallback, measuredCallback, observed } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";
import { measureQueries, seeEnd } from "../shared/sql-operations.ts";
import { CLIENT, PARAMETERS } from "./index.ts";

/** Records the durations of queries of the `pg` package, and the pools of `pg-pool`. */
export function begin(recording: Recording<unknown>): Attach {
  const operations = new DatabaseOperations(recording.meter, "postgresql");
  const reader = new PoolReader();
  const pools = new ConnectionPools(recording, reader);
  const creations = new Creations(recording, pools);
  return (exports, file) => {
    const prototype = isSameFile(file, PARAMETERS) ? undefined : prototypeOf(exports);
    if (prototype === undefined) reader.parametersClass(exports);
    else if (isSameFile(file, CLIENT)) {
      recording.wrap(prototype, "query", measureClientQueries(recording, operations));
      recording.wrap(prototype, "connect", creations.ofClient);
    } else {
      recording.wrap(prototype, "connect", pools.requested());
      recording.wrap(prototype, "newClient", creations.inPool);
      recording.before(prototype, "_release", (pool, client) => pools.returned(Object(pool), client));
    }
  };
}

// A pool creates a client and connects it in one call. Its event `connect` would need a look at all events of all queries.
class Creations {
  readonly #recording: Recording<unknown>;
  readonly #pools: ConnectionPools;
  // The pool whose method is running.
  #pool: object | undefined;

  constructor(recording: Recording<unknown>, pools: ConnectionPools) {
    this.#recording = recording;
    this.#pools = pools;
  }

  readonly inPool: Wrap = (newClient) => {
    const during = (pool: object, create: () => unknown): unknown => {
      this.#pool = pool;
      try {
        return create();
      } finally {
        this.#pool = undefined;
      }
    };
    return function (...args) {
      return during(Object(this), () => Reflect.apply(newClient, this, args));
    };
  };

  readonly ofClient: Wrap = (connect) => {
    const measured = (client: unknown, callback: Callback): Callback => {
      const pool = this.#pool;
      if (pool === undefined) return callback;
      const startMillis = nowMillis();
      return measuredCallback(callback, (error) => {
        if (error === undefined) this.#recording.safely(() => this.#pools.created(pool, client, startMillis));
      });
    };
    return function (...args) {
      const [callback] = args;
      return Reflect.apply(
        connect,
        this,
        isCallback(callback) ? args.with(0, measured(this, callback)) : args,
      );
    };
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
class PoolReader implements ConnectionPoolReader {
  #parametersClass: ParametersClass | undefined;

  // Stores the class of connection parameters from the exports of its file.
  parametersClass(exports: unknown): void {
    const exported: unknown = typeof exports === "function" ? exports : fieldOf(exports, "default");
    if (isParametersClass(exported)) this.#parametersClass = exported;
  }

  // A pool may not have a client yet.
  target(pool: object): DatabaseTarget {
    const Parameters = this.#parametersClass;
    const options = fieldOf(pool, "options");
    return targetOf(Parameters === undefined ? options : new Parameters(options));
  }

  figures(pool: object): ConnectionPoolFigures | undefined {
    if (fieldOf(pool, "ended") === true) return undefined;
    const idle = listIn(pool, "_idle").length;
    const options = fieldOf(pool, "options");
    return {
      idle,
      used: listIn(pool, "_clients").length - idle,
      pending: listIn(pool, "_pendingQueue").length,
      max: limitIn(options, "max"),
      idleMin: limitIn(options, "min"),
    };
  }
}

// The pool takes texts, too, such as those of environment variables.
function limitIn(options: unknown, name: string): number | undefined {
  const given = fieldOf(options, name);
  const limit = typeof given === "string" && given !== "" ? Number(given) : given;
  return typeof limit === "number" && Number.isFinite(limit) ? limit : undefined;
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
