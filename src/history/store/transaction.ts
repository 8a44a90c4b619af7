// All or nothing.
import { retryBusy } from "./retry-busy.ts";
import type { Database } from "./sqlite.ts";

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
