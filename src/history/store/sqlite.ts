// Access to SQLite, from Node.js itself or a package with the same API.
import { createRequire } from "node:module";
import { pause } from "../../io/pause.ts";

export type SqlValue = null | number | string | Uint8Array;

export interface Statement<Row> {
  run(...values: readonly SqlValue[]): {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): Row[];
}

/**
 * A connection to a database. All calls are synchronous. The place of a value is `?`, since `node:sqlite` before
 * Node.js 22.20 and 24.8 does not fill `?1`.
 */
export interface Database {
  exec(sql: string): void;
  prepare<Row = never>(sql: string): Statement<Row>;
  close(): void;
}

interface SqliteModule {
  readonly DatabaseSync: new (path: string, options?: { readonly readOnly?: boolean }) => Database;
}

/** This Node.js has no SQLite. */
class MissingSqliteError extends Error {
  override readonly name = "MissingSqliteError";
  readonly code = "TACHYMETER_MISSING_PACKAGE";
}

/** Opens a database by `node:sqlite`, else by `@photostructure/sqlite`. @throws MissingSqliteError */
export function openSqlite(path: string, readOnly = false): Database {
  const { DatabaseSync } = sqliteModule();
  return readOnly ? new DatabaseSync(path, { readOnly }) : new DatabaseSync(path);
}

/** SQL of an integer; null if it is not a safe integer of JavaScript, for which both packages would throw. */
export function safeInteger(expression: string, name: string = expression): string {
  return `CASE WHEN ${isSafe(expression)} THEN ${expression} END AS ${name}`;
}

export function isSafe(expression: string): string {
  return `${expression} BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`;
}

/** Reads a setting or a figure. */
export function pragma(database: Database, name: string): SqlValue {
  return Object.values(database.prepare<Record<string, SqlValue>>(`PRAGMA ${name}`).get() ?? {})[0] ?? null;
}

/** Total size of used pages. */
export function usedBytes(database: Database): number {
  return pagesBytes(database, "page_count") - freeBytes(database);
}

export function freeBytes(database: Database): number {
  return pagesBytes(database, "freelist_count");
}

function pagesBytes(database: Database, count: string): number {
  return Number(pragma(database, "page_size")) * Number(pragma(database, count));
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
      `history: Node.js ${process.versions.node} has no built-in SQLite; install @photostructure/sqlite@1, or use Node.js 22.13 or later`,
      { cause },
    );
  }
}

function isSqlite(given: unknown): given is SqliteModule {
  return typeof given === "object" && given !== null && "DatabaseSync" in given;
}

const BUSY = 5;
const IO = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const READ_ONLY = 8;
const NOT_A_DATABASE = 26;

/** Whether the disk is full, damaged or not writable. */
export function isRefusedByDisk(error: unknown): boolean {
  return [IO, FULL, CANNOT_OPEN, READ_ONLY].includes(codeOf(error));
}

/** Whether another process has locked the database. */
export function isBusy(error: unknown): boolean {
  return codeOf(error) === BUSY;
}

export function isDamage(error: unknown): boolean {
  return [CORRUPT, NOT_A_DATABASE].includes(codeOf(error));
}

// `all` of the package does not set an error code.
const CODES: ReadonlyMap<string, number> = new Map([
  ["database is locked", BUSY],
  ["attempt to write a readonly database", READ_ONLY],
  ["disk I/O error", IO],
  ["database disk image is malformed", CORRUPT],
  ["database or disk is full", FULL],
  ["unable to open database file", CANNOT_OPEN],
  ["file is not a database", NOT_A_DATABASE],
]);

// The lowest byte is the primary code.
function codeOf(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  const code: unknown = "errcode" in error ? error.errcode : CODES.get(error.message);
  return typeof code === "number" ? code & 0xff : 0;
}

/** Runs `work` in a transaction, which is on disk when the call returns. Waits while another process writes. */
export function inTransaction<Result>(database: Database, work: () => Result): Result {
  return between(database, "BEGIN IMMEDIATE", work);
}

/** Runs `work` on a consistent snapshot. */
export function inSnapshot<Result>(database: Database, work: () => Result): Result {
  return between(database, "BEGIN", work);
}

function between<Result>(database: Database, begin: string, work: () => Result): Result {
  retryBusy(() => database.exec(begin));
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    try {
      database.exec("ROLLBACK");
    } catch {
      // SQLite has already rolled back if the disk is full.
    }
    throw error;
  }
}

const RETRY_LIMIT_MILLIS = 10_000;
const PAUSE_MILLIS = 5;

/**
 * Retries for at most 10 s while another process has locked the database. SQLite's own timeout does not cover its log.
 */
export function retryBusy<Result>(work: () => Result): Result {
  const end = performance.now() + RETRY_LIMIT_MILLIS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
      pause(PAUSE_MILLIS);
    }
  }
}
