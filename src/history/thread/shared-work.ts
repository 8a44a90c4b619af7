// What two threads know of the work of one of them.

/** Shared by both: whether no more work may be begun, and whether there is work under way. */
export type SharedWork = Int32Array;

const IS_ENDING = 0;
const IS_BUSY = 1;

/** Work that may be begun. */
export function sharedWork(): SharedWork {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

/** Whether no more work may be begun. */
export function isEnding(shared: SharedWork): boolean {
  return Atomics.load(shared, IS_ENDING) !== 0;
}

/**
 * Does work, unless the process is ending.
 *
 * @param isLast whether it is to be done even then, since somebody waits for it.
 */
export function doWork(shared: SharedWork, work: () => void, isLast = false): void {
  // First this, then the look: so either we see that it ends, or who ends it sees us.
  Atomics.store(shared, IS_BUSY, 1);
  try {
    if (isLast || !isEnding(shared)) work();
  } finally {
    Atomics.store(shared, IS_BUSY, 0);
    Atomics.notify(shared, IS_BUSY);
  }
}

/**
 * Lets no more work begin, and waits for what is under way. Node.js ends its threads wherever they are; amid a call of
 * `@photostructure/sqlite` 1.2 that aborts the process, whatever its exit code should have been.
 */
export function endWork(shared: SharedWork, timeoutMillis: number): void {
  Atomics.store(shared, IS_ENDING, 1);
  Atomics.wait(shared, IS_BUSY, 1, timeoutMillis);
}
