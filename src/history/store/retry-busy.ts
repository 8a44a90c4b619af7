import { isBusy } from "./sqlite-failure.ts";

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
