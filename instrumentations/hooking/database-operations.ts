// Durations of database operations, by OpenTelemetry's semantic conventions for database clients.
import type { Attributes, Histogram, Meter } from "@opentelemetry/api";
import { errorTypeOf } from "../../src/facades/error-type.ts";
import { fieldOf } from "./fields.ts";

// As the conventions advise.
const BOUNDARIES_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** A database that a connection leads to. Never with credentials. */
export interface DatabaseTarget {
  readonly address: string;
  readonly port: number;
  readonly namespace: string;
}

// Statements whose first word is one of these are told apart. Everything else is `_OTHER`.
const OPERATIONS: ReadonlySet<string> = new Set(
  (
    "ALTER ANALYZE BEGIN CALL CHECKPOINT CLOSE COMMENT COMMIT COPY CREATE DEALLOCATE DECLARE DELETE DESCRIBE DISCARD DO " +
    "DROP EXECUTE EXPLAIN FETCH FLUSH GRANT HANDLER IMPORT INSERT KILL LISTEN LOAD LOCK MERGE MOVE NOTIFY OPTIMIZE " +
    "PREPARE REFRESH REINDEX RELEASE RENAME REPLACE RESET REVOKE ROLLBACK SAVEPOINT SELECT SET SHOW START TABLE " +
    "TRUNCATE UNLISTEN UNLOCK UPDATE USE VACUUM VALUES WITH XA"
  ).split(" "),
);
const OTHER_OPERATION = "_OTHER";
const MAX_STATEMENTS = 1_000;
const MAX_STATEMENT_LENGTH = 1_000;
const MAX_TARGETS = 100;
const LEADING_COMMENTS = /^(?:\s+|\/\*[^]*?\*\/|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\()*/;

/**
 * Records `db.client.operation.duration`: `db.system.name`, `db.namespace`, `server.address`, `server.port`,
 * `db.operation.name` (the first word of the statement), and `error.type` and `db.response.status_code` of failures.
 */
export class DatabaseOperations {
  readonly #system: string;
  readonly #duration: Histogram;
  // Applications use few texts again and again; one that builds texts with values in them is not remembered for ever.
  readonly #operations = new Map<string, string>();
  readonly #attributes = new Map<string, Map<string, Attributes>>();

  constructor(meter: Meter, system: string) {
    this.#system = system;
    this.#duration = meter.createHistogram("db.client.operation.duration", {
      unit: "s",
      description: "Duration of database client operations.",
      advice: { explicitBucketBoundaries: BOUNDARIES_SECONDS },
    });
  }

  /** Records one operation that took `millis`; `error` is what it failed with. */
  record(target: DatabaseTarget, statement: unknown, millis: number, error?: unknown): void {
    const attributes = this.#attributesOf(target, this.#operationOf(statement));
    this.#duration.record(
      millis / 1000,
      error === undefined || error === null ? attributes : { ...attributes, ...failureAttributes(error) },
    );
  }

  #attributesOf(target: DatabaseTarget, operation: string): Attributes {
    const { address, port, namespace } = target;
    const key = `${address}:${port}/${namespace}`;
    let ofTarget = this.#attributes.get(key);
    if (ofTarget === undefined) {
      ofTarget = new Map();
      if (this.#attributes.size < MAX_TARGETS) this.#attributes.set(key, ofTarget);
    }
    let attributes = ofTarget.get(operation);
    if (attributes === undefined) {
      attributes = {
        "db.system.name": this.#system,
        ...(namespace !== "" && { "db.namespace": namespace }),
        "db.operation.name": operation,
        "server.address": address,
        "server.port": port,
      };
      ofTarget.set(operation, attributes);
    }
    return attributes;
  }

  #operationOf(statement: unknown): string {
    if (typeof statement !== "string") return OTHER_OPERATION;
    const known = this.#operations.get(statement);
    if (known !== undefined) return known;
    const operation = firstWord(statement);
    if (this.#operations.size < MAX_STATEMENTS && statement.length <= MAX_STATEMENT_LENGTH) {
      this.#operations.set(statement, operation);
    }
    return operation;
  }
}

function firstWord(statement: string): string {
  const start = LEADING_COMMENTS.exec(statement)?.[0].length ?? 0;
  const word = /^[a-z]{1,20}/i.exec(statement.slice(start, start + 20))?.[0].toUpperCase() ?? "";
  return OPERATIONS.has(word) ? word : OTHER_OPERATION;
}

// PostgreSQL's SQLSTATE and MySQL's error numbers are what the conventions call the status code.
function failureAttributes(error: unknown): Attributes {
  const code = fieldOf(error, "code");
  const number = fieldOf(error, "errno");
  const type = typeof code === "string" && /^[A-Z0-9_]{1,64}$/.test(code) ? code : errorTypeOf(error);
  if (/^[0-9A-Z]{5}$/.test(type)) return { "error.type": type, "db.response.status_code": type };
  return {
    "error.type": type,
    ...(typeof number === "number" && number > 0 && { "db.response.status_code": String(number) }),
  };
}
