// The file of a store: whether it is one, and what becomes of one that is not.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { accessSync, closeSync, constants, existsSync, readSync, renameSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { shortPath } from "../../diagnostics/foreign-text.ts";
import { openFileSync } from "../../io/files/open-file.ts";
import { APPLICATION_ID, migrate, SCHEMA_VERSION } from "./schema.ts";
import { type Database, inTransaction, isDamage, openSqlite, pragma, retryBusy } from "./sqlite.ts";
import { hasReserve } from "./reserve.ts";

/** Thrown where a store was written by a later version of this program. */
export class StoreVersionError extends Error {
  override readonly name = "StoreVersionError";
  readonly code = "TACHYMETER_STORE_VERSION";
}

/** Thrown where a store's file cannot be opened, read or made. */
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
// What SQLite answers for it.
const INCREMENTAL = 2;

export const IN_MEMORY = ":memory:";

/** Opens or makes a database; anything else is moved aside. @throws StoreVersionError, StorePathError */
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

// A file that is no store stays where it is: who only reads owns nothing.
function openedToRead(path: string): Database {
  assertReadable(path);
  const problem = problemOf(path);
  if (problem !== undefined) throw new StorePathError(path, `${problem.text}; give the path of a store`);
  return opened(path, true, 0);
}

// A file that may be anything else stays where it is, under whichever name: only a damaged store makes room.
function assertOnceAStore(path: string, { text, wasStore }: Problem): void {
  if (wasStore && STORE_NAME.test(basename(path))) return;
  throw new StorePathError(path, `${text}; give the path of a store, or of a file that does not exist`);
}

// What is stored has events and attributes in it: for the owner alone. SQLite gives its other files the same rights.
function makePrivate(path: string): void {
  assertFile(path, "made", "give a path in a folder that can be written", () =>
    closeSync(openFileSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)),
  );
}

/** Moves a file away that is no store, with SQLite's files beside it. @throws StorePathError if that fails. */
export function moveAside(path: string, problem: string, warn: (message: string) => void): void {
  const aside = `${path}.aside-${new Date().toISOString().replaceAll(/[^0-9]/g, "")}`;
  try {
    renameSync(path, aside);
    for (const suffix of ["-wal", "-shm"]) {
      if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${aside}${suffix}`);
    }
  } catch (cause) {
    const why = `${problem}, and cannot be moved aside (${whyOf(cause)})`;
    throw new StorePathError(path, `${why}; move it, or give another path`, cause);
  }
  warn(`"${path}": ${problem}; it was moved to "${aside}" and a new store begun, delete it or look into it`);
}

function opened(path: string, readOnly: boolean, logBytes: number): Database {
  const database = openFile(path, readOnly);
  try {
    if (!readOnly) return prepared(database, path, logBytes);
    database.exec("PRAGMA busy_timeout = 5000");
    assertVersion(database, path);
    if (pragma(database, "user_version") === 0)
      throw new StorePathError(path, "nothing was stored in it yet; give the path of a store");
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
    throw new StorePathError(path, `it cannot be opened (${cause.message}); give the path of a store`, cause);
  }
}

function prepared(database: Database, path: string, logBytes: number): Database {
  database.exec("PRAGMA busy_timeout = 5000");
  retryBusy(() => {
    // Both are kept in the file. Where they are set already, nothing is written, and so nobody is waited for.
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
      `history "${path}": its schema is version ${version}, this version of tachymeter knows ${SCHEMA_VERSION}; update tachymeter, or give another path`,
    );
  }
}

function assertWritable(path: string): void {
  assertFile(path, "written", "give a path in a folder that exists and can be written", () => {
    const folder = dirname(path);
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`);
    // SQLite keeps files beside it.
    accessSync(folder, constants.W_OK);
    const file = statSync(path, { throwIfNoEntry: false });
    if (file === undefined) return;
    accessSync(path, constants.W_OK);
    if (!file.isFile()) throw new Error("it is not a file");
  });
}

function assertReadable(path: string): void {
  assertFile(path, "read", "give the path of a store", () => {
    accessSync(path, constants.R_OK);
    if (!statSync(path).isFile()) throw new Error("it is not a file");
  });
}

function assertFile(path: string, done: string, remedy: string, look: () => void): void {
  try {
    look();
  } catch (cause) {
    throw new StorePathError(shortPath(path), `it cannot be ${done} (${whyOf(cause)}); ${remedy}`, cause);
  }
}

// Without the path, which the message has already.
function whyOf(cause: unknown): string {
  return errorMessage(cause).replace(/, [a-z]+ '.*'$/s, "");
}

interface Problem {
  readonly text: string;
  /** Whether it is a damaged store, as far as that can be told. */
  readonly wasStore: boolean;
}

const STORE_NAME = /\.(?:db|sqlite|sqlite3)$/i;
const HEADER_BYTES = 100;
const MAGIC = "SQLite format 3\0";

// Why the file is no store of ours; nothing where there is none, or a good one as far as its header tells.
function problemOf(path: string): Problem | undefined {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return undefined;
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openFileSync(path, constants.O_RDONLY);
  try {
    readSync(file, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(file);
  }
  if (header.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    return { text: "it is no SQLite database", wasStore: hasPagesOfAStore(header, size) || hasReserve(path) };
  }
  const applicationId = header.readInt32BE(68);
  const tables = header.readInt32BE(40);
  // A store that was only begun has neither tables nor an id.
  if (applicationId !== APPLICATION_ID && (applicationId !== 0 || tables !== 0)) {
    return { text: "it is a database of another application", wasStore: false };
  }
  const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const walSize = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  // With a log the pages that are missing may be in it.
  if (walSize === 0 && size < header.readUInt32BE(28) * pageSize) {
    return { text: "it is truncated", wasStore: true };
  }
  return undefined;
}

// A store whose first page is damaged: our id is still in its header, or a disk that lost power left zeros there.
function hasPagesOfAStore(header: Buffer, size: number): boolean {
  if (header.readInt32BE(68) === APPLICATION_ID) return true;
  return size % PAGE_BYTES === 0 && header.every((byte) => byte === 0);
}
