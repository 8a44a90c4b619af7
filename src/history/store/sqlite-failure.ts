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

// Extended codes have the primary one in their lowest byte.
function codeOf(error: unknown): number {
  const code: unknown = error instanceof Error && "errcode" in error ? error.errcode : 0;
  return typeof code === "number" ? code & 0xff : 0;
}
