// All or nothing.
import type { Database } from "./sqlite.ts";
import { isBusy } from "./sqlite-failure.ts";

/**
 * Does work that writes. It is on disk when the call returns, and where the work throws, nothing has changed. Waits while
 * another process writes.
 */
export function inTransaction<Result>(database: Database, work: () => Result): Result {
  return between(database, "BEGIN IMMEDIATE", work);
}

/** Does work that reads, all of it as the store is at this moment. */
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
      // SQLite has rolled it back already: it does where the disk is full.
    }
    throw error;
  }
}

const RETRY_LIMIT_MILLIS = 10_000;
const PAUSE_MILLIS = 5;

const sleeper = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/**
 * Repeats work while another process holds the database, at most 10 s. SQLite's own time-out does not apply when a
 * write-ahead log is switched on, or recovered after its writer was killed.
 */
export function retryBusy<Result>(work: () => Result): Result {
  const end = performance.now() + RETRY_LIMIT_MILLIS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
      Atomics.wait(sleeper, 0, 0, PAUSE_MILLIS);
    }
  }
}
