// Work that another process may hold up.
import { isBusy } from "./sqlite-failure.ts";

const PATIENCE_MILLIS = 10_000;
const PAUSE_MILLIS = 5;

const nobody = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/**
 * Does work, again and again while another process holds the database. SQLite's own time-out is not applied everywhere:
 * not where a log is switched on or recovered after its writer was killed.
 */
export function patiently<Result>(work: () => Result): Result {
  const end = performance.now() + PATIENCE_MILLIS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
      Atomics.wait(nobody, 0, 0, PAUSE_MILLIS);
    }
  }
}
