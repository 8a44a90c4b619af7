// Durations of database operations, by OpenTelemetry's semantic conventions for database clients.
import type { Attributes, Histogram, Meter } from "@opentelemetry/api";
import { OTHER_NAME } from "../../src/recording/bounded-names.ts";
import { boundNanos, type BoundRecorder } from "../../src/recording/bind.ts";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { fieldOf, isObject, portFrom } from "./fields.ts";
import { histogram } from "./instruments.ts";

/** The database that a connection leads to. Never contains credentials. */
export interface DatabaseTarget {
  /** Empty if unknown. */
  readonly address: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  readonly namespace: string;
  /** The collection of an operation, for databases with collections. */
  readonly collection?: string | undefined;
  /** The stored procedure of an operation that calls one. */
  readonly procedure?: string | undefined;
}

interface Operation {
  readonly attributes: Attributes;
  /** `undefined` if there are too many handles. */
  readonly succeeded: BoundRecorder | undefined;
}

/** The operations of one target; of all further ones, if there are too many targets. */
interface OfTarget {
  readonly target: DatabaseTarget;
  readonly operations: Map<string, Operation>;
}

/** Operation of statements without a known name. */
export const OTHER_OPERATION = "_OTHER";
const MAX_TARGETS = 100;
// The engine keeps the series of each handle.
const MAX_HANDLES = 100;

/**
 * Records `db.client.operation.duration`. Its attributes are `db.system.name`, `db.namespace`, `db.collection.name`,
 * `db.stored_procedure.name`, `server.address`, `server.port` and `db.operation.name`, and `error.type` and
 * `db.response.status_code` of failures.
 */
export class DatabaseOperations {
  readonly #system: string;
  readonly #statusOf: (error: unknown) => string | undefined;
  readonly #duration: Histogram;
  // By target object, of which callers keep one for each connection, and by its contents.
  readonly #ofTargets = new WeakMap<DatabaseTarget, OfTarget>();
  readonly #byContents = new Map<string, OfTarget>();
  #handles = 0;

  /** @param statusOf returns the status in an error of the database; by default an SQL error code. */
  constructor(
    meter: Meter,
    system: string,
    statusOf: (error: unknown) => string | undefined = (): undefined => undefined,
  ) {
    this.#system = system;
    this.#statusOf = statusOf;
    this.#duration = histogram(meter, "db.client.operation.duration");
  }

  /**
   * Records one operation that took `nanos` nanoseconds and failed with `error`, if present. `operation` must have few
   * distinct values.
   */
  record(target: DatabaseTarget, operation: string, nanos: number, error?: unknown): void {
    const { attributes, succeeded } = this.#operationOf(target, operation);
    const isFailure = error !== undefined && error !== null;
    // A handle needs no search for the series by its attributes.
    if (succeeded !== undefined && !isFailure) succeeded.record(nanos);
    else
      this.#duration.record(nanos / 1e9, isFailure ? { ...attributes, ...this.#failure(error) } : attributes);
  }

  #operationOf(target: DatabaseTarget, name: string): Operation {
    const ofTarget = this.#ofTargets.get(target) ?? this.#add(target);
    let operation = ofTarget.operations.get(name);
    if (operation === undefined) {
      const { address, port, namespace, collection, procedure } = ofTarget.target;
      const attributes: Attributes = {
        "db.system.name": this.#system,
        ...(namespace !== "" && { "db.namespace": namespace }),
        ...(collection !== undefined && { "db.collection.name": collection }),
        ...(procedure !== undefined && { "db.stored_procedure.name": procedure }),
        "db.operation.name": name,
        ...(address !== "" && { "server.address": address }),
        ...(port > 0 && { "server.port": port }),
      };
      const isBound = this.#handles < MAX_HANDLES;
      if (isBound) this.#handles++;
      operation = { attributes, succeeded: isBound ? boundNanos(this.#duration, attributes) : undefined };
      ofTarget.operations.set(name, operation);
    }
    return operation;
  }

  #add(target: DatabaseTarget): OfTarget {
    const ofTarget =
      this.#byContents.get(keyOf(target)) ??
      (this.#byContents.size < MAX_TARGETS ? this.#keep(target) : this.#ofOthers(target));
    this.#ofTargets.set(target, ofTarget);
    return ofTarget;
  }

  #keep(target: DatabaseTarget): OfTarget {
    const ofTarget = { target, operations: new Map<string, Operation>() };
    this.#byContents.set(keyOf(target), ofTarget);
    return ofTarget;
  }

  // Missing fields stay missing.
  #ofOthers({ address, namespace, collection, procedure }: DatabaseTarget): OfTarget {
    const other: DatabaseTarget = {
      address: address && OTHER_NAME,
      port: 0,
      namespace: namespace && OTHER_NAME,
      collection: collection && OTHER_NAME,
      procedure: procedure && OTHER_NAME,
    };
    return this.#byContents.get(keyOf(other)) ?? this.#keep(other);
  }

  #failure(error: unknown): Attributes {
    const status = this.#statusOf(error);
    return status === undefined
      ? failureAttributes(error)
      : { "error.type": status, "db.response.status_code": status };
  }
}

function keyOf({ address, port, namespace, collection = "", procedure = "" }: DatabaseTarget): string {
  return `${address}:${port}/${namespace}/${collection}/${procedure}`;
}

// Every PostgreSQL code contains a digit; `EPIPE` is a system error.
const SQLSTATE = /^(?=.*[0-9])[0-9A-Z]{5}$/;

// The conventions' status code is the SQLSTATE of PostgreSQL, or the error number of MySQL.
function failureAttributes(error: unknown): Attributes {
  const code = fieldOf(error, "code");
  const number = fieldOf(error, "errno");
  const type = typeof code === "string" && /^[A-Z0-9_-]{1,64}$/.test(code) ? code : errorTypeOf(error);
  if (SQLSTATE.test(type)) return { "error.type": type, "db.response.status_code": type };
  return {
    "error.type": type,
    ...(typeof number === "number" && number > 0 && { "db.response.status_code": String(number) }),
  };
}

/** Returns a function that finds the target of a connection. `read` is called once for each source object. */
export function targetsBy(read: (source: unknown) => DatabaseTarget): (source: unknown) => DatabaseTarget {
  const targets = new WeakMap<object, DatabaseTarget>();
  return (source) => {
    if (!isObject(source)) return read(source);
    const known = targets.get(source);
    if (known !== undefined) return known;
    const target = read(source);
    targets.set(source, target);
    return target;
  };
}

/** Returns the target from fields in the form that libraries use; `port` is the system's default port. */
export function targetFrom(
  host: unknown,
  port: unknown,
  database: unknown,
  defaultPort: number,
): DatabaseTarget {
  return {
    address: typeof host === "string" && host !== "" ? host : "localhost",
    port: portFrom(port, defaultPort),
    namespace: typeof database === "string" ? database : "",
  };
}
