/**
 * The native part of `better-sqlite3`, for Node.js 20, which cannot load the prebuilt one of its newest version. Statements are
 * run by another package with the same SQLite.
 */
import { createRequire } from "node:module";

type Values = readonly unknown[];
interface Prepared extends Record<"run" | "get" | "all", (...values: Values) => unknown> {
  iterate(...values: Values): Iterator<unknown>;
}
interface Sqlite {
  readonly DatabaseSync: new (path: string) => { prepare(sql: string): Prepared; exec(sql: string): void };
}

const { DatabaseSync }: Sqlite = createRequire(import.meta.url)("@photostructure/sqlite");
const CODES: Readonly<Record<number, string>> = { 1: "SQLITE_ERROR", 1555: "SQLITE_CONSTRAINT_PRIMARYKEY" };

// The library's own class of errors has the name of the code.
function withCode<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw Object.assign(new Error(String(error)), {
      code: CODES[Number(Reflect.get(Object(error), "errcode"))],
    });
  }
}

class Rows {
  readonly #rows: Iterator<unknown>;
  constructor(rows: Iterator<unknown>) {
    this.#rows = rows;
  }
  next(): IteratorResult<unknown> {
    return withCode(() => this.#rows.next());
  }
  return(): IteratorResult<unknown> {
    return this.#rows.return?.() ?? { value: undefined, done: true };
  }
  [Symbol.iterator](): this {
    return this;
  }
}

class Statement {
  readonly source: string;
  readonly database: unknown;
  readonly #prepared: Prepared;
  constructor(prepared: Prepared, source: string, database: unknown) {
    this.#prepared = prepared;
    this.source = source;
    this.database = database;
  }
  run(...values: Values): unknown {
    return withCode(() => this.#prepared.run(...values));
  }
  get(...values: Values): unknown {
    return withCode(() => this.#prepared.get(...values));
  }
  all(...values: Values): unknown {
    return withCode(() => this.#prepared.all(...values));
  }
  iterate(...values: Values): Rows {
    return new Rows(this.#prepared.iterate(...values));
  }
}

class Database {
  readonly name: string;
  inTransaction = false;
  readonly #database;
  constructor(path: string) {
    this.name = path;
    this.#database = new DatabaseSync(path);
  }
  prepare(sql: string, database: unknown): Statement {
    const prepared = withCode(() => this.#database.prepare(sql));
    return new Statement(prepared, sql, database);
  }
  exec(sql: string): void {
    withCode(() => this.#database.exec(sql));
  }
}

/** The value of the library's option `nativeBinding`. */
export const nativeStandIn: object = { isInitialized: true, Database };
