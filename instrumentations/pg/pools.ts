// The targets and figures of `pg-pool`'s pools.
import {
  type ConnectionPoolFigures,
  type DatabaseTarget,
  fieldOf,
  isObject,
  listIn,
} from "../shared/index.ts";

/** The target of a client, or of parsed connection parameters: both have the same fields. */
export function targetOf(parameters: unknown): DatabaseTarget {
  const host = fieldOf(parameters, "host");
  const port = Number(fieldOf(parameters, "port"));
  const database = fieldOf(parameters, "database");
  return {
    address: typeof host === "string" && host !== "" ? host : "localhost",
    port: Number.isInteger(port) && port > 0 ? port : 5432,
    namespace: typeof database === "string" ? database : "",
  };
}

/** Finds a pool's target, by the library's own reading of options, connection strings and variables. */
export class PoolTargets {
  readonly #known = new WeakMap<object, DatabaseTarget>();
  #parametersClass: (new (options: unknown) => unknown) | undefined;

  /** Takes the class of connection parameters from the exports of its file. */
  parametersClass(exports: unknown): void {
    const exported: unknown = typeof exports === "function" ? exports : fieldOf(exports, "default");
    if (isParametersClass(exported)) this.#parametersClass = exported;
  }

  /** The target of a pool, which may have no client yet. */
  of(pool: object): DatabaseTarget {
    const known = this.#known.get(pool);
    if (known !== undefined) return known;
    const Parameters = this.#parametersClass;
    const options = fieldOf(pool, "options");
    const target = targetOf(Parameters === undefined ? options : new Parameters(options));
    this.#known.set(pool, target);
    return target;
  }
}

/** A pool's target and figures. */
export function readPool(
  pool: object,
  targets: PoolTargets,
): { target: DatabaseTarget; figures: ConnectionPoolFigures } {
  const total = listIn(pool, "_clients").length;
  const idle = listIn(pool, "_idle").length;
  const max = fieldOf(fieldOf(pool, "options"), "max");
  return {
    target: targets.of(pool),
    figures: {
      idle,
      used: total - idle,
      pending: listIn(pool, "_pendingQueue").length,
      max: typeof max === "number" && Number.isFinite(max) ? max : undefined,
    },
  };
}

function isParametersClass(value: unknown): value is new (options: unknown) => unknown {
  return typeof value === "function" && isObject(value.prototype);
}
