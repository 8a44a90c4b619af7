// Opening and validation of a store's file.
import { errorMessage } from "../../diagnostics/error-message.ts";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { shortPath } from "../../diagnostics/foreign-text.ts";
import { openFileSync } from "../../io/files/open-file.ts";
import { pause } from "../../io/pause.ts";
import { APPLICATION_ID, migrate, SCHEMA_VERSION } from "./schema.ts";
import { type Database, inTransaction, isDamage, openSqlite, pragma, retryBusy } from "./sqlite.ts";
import { hasReserve } from "./reserve.ts";

/** The store was written by a later version of this program. */
export class StoreVersionError extends Error {
  override readonly name = "StoreVersionError";
  readonly code = "TACHYMETER_STORE_VERSION";
}

/** The file of a store cannot be opened, read or created. */
export class StorePathError extends Error {
  override readonly name = "StorePathError";
  readonly code = "TACHYMETER_STORE_PATH";

  constructor(path: string, problem: string, cause?: unknown) {
    super(`history "${path}": ${problem}`, cause === undefined ? {} : { cause });
  }
}

export interface OpenOptions {
  readonly readOnly?: boolean;
  readonly logBytes: number;
  readonly warn: (message: string) => void;
}

const PAGE_BYTES = 4_096;
// The value of `PRAGMA auto_vacuum` for incremental vacuuming.
const INCREMENTAL = 2;

export const IN_MEMORY = ":memory:";

/** Opens or creates a database. A damaged store is moved aside. @throws StoreVersionError, StorePathError */
export function openDatabase(path: string, { readOnly = false, logBytes, warn }: OpenOptions): Database {
  if (path === IN_MEMORY) return prepared(openSqlite(path), path, logBytes);
  if (readOnly) return openedToRead(path);
  assertWritable(path);
  const problem = problemOf(path);
  if (problem !== undefined) {
    assertOnceAStore(path, problem);
    moveAside(path, problem.text, warn);
  }
  makePrivate(path);
  return opened(path, false, logBytes);
}

// A reader never moves a file that is not a store.
function openedToRead(path: string): Database {
  assertReadable(path);
  const problem = problemOf(path);
  if (problem !== undefined) throw new StorePathError(path, `${problem.text}; use the path of a store`);
  return opened(path, true, 0);
}

// Only a damaged store is moved aside. Any other file stays in place.
function assertOnceAStore(path: string, { text, wasStore }: Problem): void {
  if (wasStore && STORE_NAME.test(basename(path))) return;
  throw new StorePathError(path, `${text}; use the path of a store, or of a new file`);
}

// Only the owner has access, because events and attributes may be confidential. SQLite copies these permissions to its
// other files.
function makePrivate(path: string): void {
  assertFile(path, "created", "use a path in a writable folder", () =>
    closeSync(openFileSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)),
  );
}

/** Renames an invalid file, together with SQLite's files beside it. @throws StorePathError if that fails */
export function moveAside(path: string, problem: string, warn: (message: string) => void): void {
  const aside = `${path}.aside-${new Date().toISOString().replaceAll(/[^0-9]/g, "")}`;
  try {
    renameSync(path, aside);
    for (const suffix of ["-wal", "-shm"]) {
      if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${aside}${suffix}`);
    }
  } catch (cause) {
    const why = `${problem}, and it cannot be renamed (${whyOf(cause)})`;
    throw new StorePathError(path, `${why}; rename it, or use another path`, cause);
  }
  warn(
    `"${path}": ${problem}; renamed to "${aside}" and replaced by a new store; inspect or delete the old file`,
  );
}

function opened(path: string, readOnly: boolean, logBytes: number): Database {
  const database = openFile(path, readOnly);
  try {
    if (!readOnly) return prepared(database, path, logBytes);
    database.exec("PRAGMA busy_timeout = 5000");
    assertVersion(database, path);
    if (pragma(database, "user_version") === 0)
      throw new StorePathError(path, "the file is still empty; use the path of a store");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function openFile(path: string, readOnly: boolean): Database {
  try {
    return openSqlite(path, readOnly);
  } catch (cause) {
    if (isDamage(cause) || !(cause instanceof Error && "errcode" in cause)) throw cause;
    throw new StorePathError(path, `cannot be opened (${cause.message}); use the path of a store`, cause);
  }
}

function prepared(database: Database, path: string, logBytes: number): Database {
  database.exec("PRAGMA busy_timeout = 5000");
  retryBusy(() => {
    // Both settings are stored in the file. If they are set already, nothing is written, which avoids waiting for other
    // processes.
    if (pragma(database, "auto_vacuum") !== INCREMENTAL) database.exec("PRAGMA auto_vacuum = INCREMENTAL");
    if (pragma(database, "journal_mode") !== "wal") database.exec("PRAGMA journal_mode = WAL");
  });
  database.exec(`PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${logBytes}`);
  database.exec(`PRAGMA wal_autocheckpoint = ${Math.ceil(logBytes / PAGE_BYTES)}`);
  assertVersion(database, path);
  if (pragma(database, "user_version") !== SCHEMA_VERSION) inTransaction(database, () => migrate(database));
  return database;
}

function assertVersion(database: Database, path: string): void {
  const version = Number(pragma(database, "user_version"));
  if (version > SCHEMA_VERSION) {
    throw new StoreVersionError(
      `history "${path}": schema version ${version} is newer than the supported version ${SCHEMA_VERSION}; update tachymeter, or use another path`,
    );
  }
}

function assertWritable(path: string): void {
  assertFile(path, "written", "use a path in an existing, writable folder", () => {
    const folder = dirname(path);
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder`);
    // SQLite creates files beside it.
    accessSync(folder, constants.W_OK);
    const file = statSync(path, { throwIfNoEntry: false });
    if (file === undefined) return;
    accessSync(path, constants.W_OK);
    if (!file.isFile()) throw new Error("not a file");
  });
}

function assertReadable(path: string): void {
  assertFile(path, "read", "use the path of a store", () => {
    accessSync(path, constants.R_OK);
    if (!statSync(path).isFile()) throw new Error("not a file");
  });
}

function assertFile(path: string, done: string, remedy: string, look: () => void): void {
  try {
    look();
  } catch (cause) {
    throw new StorePathError(shortPath(path), `cannot be ${done} (${whyOf(cause)}); ${remedy}`, cause);
  }
}

// Removes the path, which is already part of the message.
function whyOf(cause: unknown): string {
  return errorMessage(cause).replace(/, [a-z]+ '.*'$/s, "");
}

interface Problem {
  readonly text: string;
  /** Whether it seems to be a damaged store. */
  readonly wasStore: boolean;
}

const STORE_NAME = /\.(?:db|sqlite|sqlite3)$/i;
const HEADER_BYTES = 100;
const LOOKS = 5;
const LOOK_PAUSE_MILLIS = 10;
const MAGIC = "SQLite format 3\0";

// Returns why the file is not a valid store; `undefined` if the file is missing or its header is valid.
function problemOf(path: string): Problem | undefined {
  const size = sizeOf(path);
  if (size === 0) return undefined;
  const header = headerOf(path);
  if (header.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    return { text: "not an SQLite database", wasStore: hasPagesOfAStore(header, size) || hasReserve(path) };
  }
  const applicationId = header.readInt32BE(68);
  const tables = header.readInt32BE(40);
  // A store whose creation was interrupted has neither tables nor an id.
  if (applicationId !== APPLICATION_ID && (applicationId !== 0 || tables !== 0)) {
    return { text: "the database belongs to another application", wasStore: false };
  }
  return isTruncated(path) ? { text: "the file is truncated", wasStore: true } : undefined;
}

// Another process may move pages from the log to the file between two looks, so it must hold for several.
function isTruncated(path: string): boolean {
  // SQLite has the log beside the file that a link refers to.
  const log = `${realpathSync(path)}-wal`;
  for (let look = 0; look < LOOKS; look++) {
    if (look > 0) pause(LOOK_PAUSE_MILLIS);
    const header = headerOf(path);
    const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
    // If there is a log, it may contain the missing pages.
    if (sizeOf(path) >= header.readUInt32BE(28) * pageSize || sizeOf(log) > 0) return false;
  }
  return true;
}

function headerOf(path: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openFileSync(path, constants.O_RDONLY);
  try {
    readSync(file, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(file);
  }
  return header;
}

/** The size of a file in bytes; 0 if it is missing. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

// Detects a store with a damaged first page: its header has our id, or is zeroed after a power failure.
function hasPagesOfAStore(header: Buffer, size: number): boolean {
  if (header.readInt32BE(68) === APPLICATION_ID) return true;
  return size % PAGE_BYTES === 0 && header.every((byte) => byte === 0);
}
