// Durations of statements of SQLite's synchronous clients, which have methods of the same names.
import { basename } from "node:path";
import { type Wrap, wrapMethod } from "../../src/recording/replace-method.ts";
import { nanosSince, nowMillis } from "./clock.ts";
import { DatabaseOperations, type DatabaseTarget } from "./database-operations.ts";
import { fieldOf, hasMethods, isObject } from "./fields.ts";
import type { Recording } from "./recording.ts";
import { SqlOperations } from "./sql-operations.ts";

interface Described {
  readonly target: DatabaseTarget;
  readonly operation: string;
}

/** Rows that are being read. Only the time in SQLite counts, without the application's between two rows. */
interface Iteration extends Described {
  nanos: number;
}

/** Called with the end of a call: `result` of a successful one, `error` of a failed one. */
type Ended = (self: object, args: readonly unknown[], nanos: number, result: unknown, error: unknown) => void;

const UNKNOWN: DatabaseTarget = { address: "", port: 0, namespace: "" };

// The prototypes of statements by those of databases: a later recording does not wait for the next statement.
const statementsOf = new WeakMap<object, object>();

/**
 * Measures all databases with a prototype, and their statements, whose prototype is that of the first one.
 *
 * @param nameOf returns the path of a database, or `undefined` while it is unknown.
 * @param statusOf returns the status in an error of SQLite.
 */
export function measureSqlite(
  recording: Recording<unknown>,
  databases: object,
  nameOf: (database: unknown) => unknown,
  statusOf: (error: unknown) => string | undefined,
): void {
  const operations = new DatabaseOperations(recording.meter, "sqlite", statusOf);
  const sql = new SqlOperations();
  const targets = new WeakMap<object, DatabaseTarget>();
  const described = new WeakMap<object, Described>();
  const iterations = new WeakMap<object, Iteration>();

  const targetOf = (database: unknown): DatabaseTarget => {
    const known = targets.get(Object(database));
    if (known !== undefined) return known;
    const name = nameOf(database);
    if (typeof name !== "string" || !isObject(database)) return UNKNOWN;
    // Folders may have names of users.
    const target = { ...UNKNOWN, namespace: basename(name.replace(/\?.*/, "")) };
    targets.set(database, target);
    return target;
  };
  const describedBy = (database: unknown, text: unknown): Described => ({
    target: targetOf(database),
    operation: sql.of(text),
  });
  // Those that were prepared unseen have their text, and may have their database.
  const ofStatement = (statement: object): Described => {
    const known = described.get(statement);
    if (known !== undefined) return known;
    const text = fieldOf(statement, "source") ?? fieldOf(statement, "sourceSQL");
    const made = describedBy(fieldOf(statement, "database"), text);
    described.set(statement, made);
    return made;
  };
  const record = ({ target, operation }: Described, nanos: number, error: unknown): void =>
    operations.record(target, operation, nanos, error);
  const wrap = (prototype: unknown, name: string, ended: Ended): void =>
    void recording.wrap(prototype, name, timed(recording, ended));

  const rowsEnded = (rows: object, nanos: number, hasEnded: boolean, error: unknown): void => {
    const iteration = iterations.get(rows);
    if (iteration === undefined) return;
    iteration.nanos += nanos;
    if (!hasEnded) return;
    iterations.delete(rows);
    record(iteration, iteration.nanos, error);
  };
  const nextRow: Ended = (self, _args, nanos, result, error) =>
    rowsEnded(self, nanos, error !== undefined || fieldOf(result, "done") === true, error);
  const noMoreRows: Ended = (self, _args, nanos, _result, error) => rowsEnded(self, nanos, true, error);
  const measureRows = (rows: object): void => {
    const methods = { next: nextRow, return: noMoreRows };
    // Before Node.js 24, these are methods of each object.
    const isOwn = Object.hasOwn(rows, "next");
    for (const [name, ended] of Object.entries(methods))
      if (isOwn) wrapMethod(rows, name, timed(recording, ended));
      else wrap(Object.getPrototypeOf(rows), name, ended);
  };
  const measureStatements = (prototype: object): void => {
    for (const name of ["run", "get", "all"])
      wrap(prototype, name, (statement, _args, nanos, _result, error) =>
        record(ofStatement(statement), nanos, error),
      );
    // Missing before Node.js 22.13.
    if (!hasMethods(prototype, "iterate")) return;
    wrap(prototype, "iterate", (statement, _args, nanos, rows, error) => {
      if (!isObject(rows)) return record(ofStatement(statement), nanos, error);
      iterations.set(rows, { ...ofStatement(statement), nanos });
      measureRows(rows);
    });
  };

  wrap(databases, "exec", (database, [text], nanos, _result, error) =>
    record(describedBy(database, text), nanos, error),
  );
  wrap(databases, "prepare", (database, [text], nanos, statement, error) => {
    const made = describedBy(database, text);
    if (!isObject(statement)) return record(made, nanos, error);
    described.set(statement, made);
    if (statementsOf.has(databases)) return;
    const prototype: object = Object.getPrototypeOf(statement);
    statementsOf.set(databases, prototype);
    measureStatements(prototype);
  });
  const statements = statementsOf.get(databases);
  if (statements !== undefined) measureStatements(statements);
}

function timed(recording: Recording<unknown>, ended: Ended): Wrap {
  return (method) => {
    return function (...args) {
      const startMillis = nowMillis();
      let result: unknown;
      try {
        result = Reflect.apply(method, this, args);
      } catch (error) {
        recording.safely(() =>
          ended(Object(this), args, nanosSince(startMillis), undefined, error ?? "undefined"),
        );
        throw error;
      }
      try {
        ended(Object(this), args, nanosSince(startMillis), result, undefined);
      } catch (failure) {
        recording.failed(failure);
      }
      return result;
    };
  };
}
