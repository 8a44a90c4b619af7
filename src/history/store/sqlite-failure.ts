// What an error of SQLite's means to a store.

// SQLite's primary result codes.
const BUSY = 5;
const IO = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const READ_ONLY = 8;
const NOT_A_DATABASE = 26;

/** Whether the disk did not take what was written: it is full, or broken, or not to be written. */
export function isRefusedByDisk(error: unknown): boolean {
  return [IO, FULL, CANNOT_OPEN, READ_ONLY].includes(codeOf(error));
}

/** Whether another process holds the database. */
export function isBusy(error: unknown): boolean {
  return codeOf(error) === BUSY;
}

/** Whether the file is no database, or not the whole of one. */
export function isDamage(error: unknown): boolean {
  return [CORRUPT, NOT_A_DATABASE].includes(codeOf(error));
}

// What SQLite says, for where nobody tells its code: `all` of @photostructure/sqlite 1.2 does not.
const CODES: ReadonlyMap<string, number> = new Map([
  ["database is locked", BUSY],
  ["attempt to write a readonly database", READ_ONLY],
  ["disk I/O error", IO],
  ["database disk image is malformed", CORRUPT],
  ["database or disk is full", FULL],
  ["unable to open database file", CANNOT_OPEN],
  ["file is not a database", NOT_A_DATABASE],
]);

// Extended codes have the primary one in their lowest byte.
function codeOf(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  const code: unknown = "errcode" in error ? error.errcode : CODES.get(error.message);
  return typeof code === "number" ? code & 0xff : 0;
}
