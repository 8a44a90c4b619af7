// Which SQLite there is: Node's own, or the package with the same API.
import { createRequire } from "node:module";

/** What SQLite takes and gives; a blob is given as `Uint8Array`. */
export type SqlValue = null | number | string | Uint8Array;

/** A prepared statement whose rows have the shape `Row`. */
export interface Statement<Row> {
  run(...values: readonly SqlValue[]): {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): Row[];
}

/** A connection to a database. Everything it does is done when the call returns. */
export interface Database {
  exec(sql: string): void;
  prepare<Row = never>(sql: string): Statement<Row>;
  close(): void;
}

interface SqliteModule {
  readonly DatabaseSync: new (path: string, options?: { readonly readOnly?: boolean }) => Database;
}

/** Thrown where history is asked for and this Node.js has no SQLite. */
export class MissingSqliteError extends Error {
  override readonly name = "MissingSqliteError";
  readonly code = "TACHYMETER_MISSING_PACKAGE";
}

/**
 * Opens a connection: through `node:sqlite` where Node.js has it, else through the package `@photostructure/sqlite`.
 *
 * @throws MissingSqliteError where there is neither.
 */
export function openSqlite(path: string, readOnly = false): Database {
  const { DatabaseSync } = sqliteModule();
  return readOnly ? new DatabaseSync(path, { readOnly }) : new DatabaseSync(path);
}

/**
 * SQL that selects an integer as `name`; null if the value is of another type, or if JavaScript cannot hold it exactly, for
 * which both packages throw.
 */
export function safeInteger(expression: string, name: string = expression): string {
  return `CASE WHEN ${isSafe(expression)} THEN ${expression} END AS ${name}`;
}

/** SQL for whether JavaScript can hold a number exactly. */
export function isSafe(expression: string): string {
  return `${expression} BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`;
}

/** What SQLite answers when it is asked for a setting, or a figure. */
export function pragma(database: Database, name: string): SqlValue {
  return Object.values(database.prepare<Record<string, SqlValue>>(`PRAGMA ${name}`).get() ?? {})[0] ?? null;
}

let loaded: SqliteModule | undefined;

function sqliteModule(): SqliteModule {
  loaded ??= builtIn() ?? installed();
  return loaded;
}

function builtIn(): SqliteModule | undefined {
  const given: unknown = process.getBuiltinModule("node:sqlite");
  return isSqlite(given) ? given : undefined;
}

function installed(): SqliteModule {
  try {
    return createRequire(import.meta.url)("@photostructure/sqlite");
  } catch (cause) {
    throw new MissingSqliteError(
      `history: Node.js ${process.versions.node} has no SQLite of its own; install @photostructure/sqlite@1, or run Node.js 22.13 or later`,
      { cause },
    );
  }
}

function isSqlite(given: unknown): given is SqliteModule {
  return typeof given === "object" && given !== null && "DatabaseSync" in given;
}
