// Durations of database operations, by OpenTelemetry's semantic conventions for database clients.
import type { Attributes, Histogram, Meter } from "@opentelemetry/api";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { fieldOf } from "./fields.ts";

// As the conventions advise.
const BOUNDARIES_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** A database that a connection leads to. Never with credentials. */
export interface DatabaseTarget {
  /** Empty if it is not known. */
  readonly address: string;
  /** 0 for a socket's file. */
  readonly port: number;
  readonly namespace: string;
  /** The collection of an operation, in databases that have such. */
  readonly collection?: string | undefined;
}

/** The operation that stands for all that have no name of their own. */
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

  /** `statusOf` returns the status that the database has answered with; by default a code of SQL. */
  constructor(
    meter: Meter,
    system: string,
    statusOf: (error: unknown) => string | undefined = (): undefined => undefined,
  ) {
    this.#system = system;
    this.#statusOf = statusOf;
    this.#duration = meter.createHistogram("db.client.operation.duration", {
      unit: "s",
      description: "Duration of database client operations.",
      advice: { explicitBucketBoundaries: BOUNDARIES_SECONDS },
    });
  }

  /**
   * Records one operation that took `millis`; `error` is what it failed with. `operation` is one of a bounded set of
   * names.
   */
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
