// Durations of database operations, by OpenTelemetry's semantic conventions for database clients.
import type { Attributes, Histogram, Meter } from "@opentelemetry/api";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { fieldOf, isObject } from "./fields.ts";
import { histogram } from "./instruments.ts";

/** A database that a connection leads to. Never with credentials. */
export interface DatabaseTarget {
  /** Empty if it is not known. */
  readonly address: string;
  /** 0 for a socket's file. */
  readonly port: number;
  readonly namespace: string;
  /** The collection of an operation, in databases that have collections. */
  readonly collection?: string | undefined;
}

/** The operation of statements that have no known name. */
export const OTHER_OPERATION = "_OTHER";
const MAX_TARGETS = 100;

/**
 * Records `db.client.operation.duration`: `db.system.name`, `db.namespace`, `db.collection.name`, `server.address`,
 * `server.port`, `db.operation.name`, and `error.type` and `db.response.status_code` of failures.
 */
export class DatabaseOperations {
  readonly #system: string;
  readonly #statusOf: (error: unknown) => string | undefined;
  readonly #duration: Histogram;
  // By the target itself, as callers keep one for each connection, and by what it says.
  readonly #ofTargets = new WeakMap<DatabaseTarget, Map<string, Attributes>>();
  readonly #attributes = new Map<string, Map<string, Attributes>>();

  /** `statusOf` returns the status in an answer of the database; by default a code of SQL. */
  constructor(
    meter: Meter,
    system: string,
    statusOf: (error: unknown) => string | undefined = (): undefined => undefined,
  ) {
    this.#system = system;
    this.#statusOf = statusOf;
    this.#duration = histogram(meter, "db.client.operation.duration");
  }

  /** Records one operation that took `millis` and failed with `error`, if it did; `operation` is one of few names. */
  record(target: DatabaseTarget, operation: string, millis: number, error?: unknown): void {
    const attributes = this.#attributesOf(target, operation);
    this.#duration.record(
      millis / 1000,
      error === undefined || error === null ? attributes : { ...attributes, ...this.#failure(error) },
    );
  }

  #attributesOf(target: DatabaseTarget, operation: string): Attributes {
    const ofTarget = this.#ofTargets.get(target) ?? this.#add(target);
    let attributes = ofTarget.get(operation);
    if (attributes === undefined) {
      const { address, port, namespace, collection } = target;
      attributes = {
        "db.system.name": this.#system,
        ...(namespace !== "" && { "db.namespace": namespace }),
        ...(collection !== undefined && { "db.collection.name": collection }),
        "db.operation.name": operation,
        ...(address !== "" && { "server.address": address }),
        ...(port > 0 && { "server.port": port }),
      };
      ofTarget.set(operation, attributes);
    }
    return attributes;
  }

  #add(target: DatabaseTarget): Map<string, Attributes> {
    const { address, port, namespace, collection = "" } = target;
    const key = `${address}:${port}/${namespace}/${collection}`;
    const ofTarget = this.#attributes.get(key) ?? new Map<string, Attributes>();
    if (this.#attributes.size < MAX_TARGETS) this.#attributes.set(key, ofTarget);
    this.#ofTargets.set(target, ofTarget);
    return ofTarget;
  }

  #failure(error: unknown): Attributes {
    const status = this.#statusOf(error);
    return status === undefined
      ? failureAttributes(error)
      : { "error.type": status, "db.response.status_code": status };
  }
}

// Each of PostgreSQL's codes has a digit; `EPIPE` is an error of the system.
const SQLSTATE = /^(?=.*[0-9])[0-9A-Z]{5}$/;

// PostgreSQL's SQLSTATE and MySQL's error numbers are what the conventions call the status code.
function failureAttributes(error: unknown): Attributes {
  const code = fieldOf(error, "code");
  const number = fieldOf(error, "errno");
  const type = typeof code === "string" && /^[A-Z0-9_]{1,64}$/.test(code) ? code : errorTypeOf(error);
  if (SQLSTATE.test(type)) return { "error.type": type, "db.response.status_code": type };
  return {
    "error.type": type,
    ...(typeof number === "number" && number > 0 && { "db.response.status_code": String(number) }),
  };
}

/** Returns the target of a connection, worked out once by `read` for each object that `connection` has it from. */
export function targetsBy(read: (source: unknown) => DatabaseTarget): (source: unknown) => DatabaseTarget {
  const targets = new WeakMap<object, DatabaseTarget>();
  return (source) => {
    if (!isObject(source)) return read(source);
    const target = targets.get(source) ?? read(source);
    targets.set(source, target);
    return target;
  };
}

/** The target by fields as libraries have them; `port` is the system's default one. */
export function targetFrom(
  host: unknown,
  port: unknown,
  database: unknown,
  defaultPort: number,
): DatabaseTarget {
  const number = Number(port);
  return {
    address: typeof host === "string" && host !== "" ? host : "localhost",
    port: Number.isInteger(number) && number > 0 ? number : defaultPort,
    namespace: typeof database === "string" ? database : "",
  };
}
