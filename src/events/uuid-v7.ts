// UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then a counter, then random bits.
import { randomFillSync } from "node:crypto";

const COUNTER_LIMIT = 0x1000;
const RANDOM_BYTES = 10;
// Filling for many ids at once spares a call into OpenSSL for each.
const pool = Buffer.alloc(RANDOM_BYTES * 256);
let used = pool.length;

// Ids rise strictly: [lastMillis, counter] only ever grows, also where the clock goes back.
let lastMillis = 0;
let counter = 0;

/**
 * A new UUID v7. Those of one process sort in the order in which they were made: within a millisecond a counter of
 * 12 bits rises, and where it is used up, or the clock goes back, the time in the id runs ahead of the clock's.
 */
export function uuidV7(nowMillis: number = Date.now()): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, (used += RANDOM_BYTES));
  if (nowMillis > lastMillis) {
    lastMillis = nowMillis;
    // The upper half is left free, so that a burst seldom has to run ahead of the clock.
    counter = random.readUInt16BE(0) & 0x7ff;
  } else if (++counter === COUNTER_LIMIT) {
    lastMillis++;
    counter = 0;
  }
  const time = lastMillis.toString(16).padStart(12, "0");
  const count = counter.toString(16).padStart(3, "0");
  const variant = (0x8000 | (random.readUInt16BE(2) & 0x3fff)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${variant}-${random.toString("hex", 4)}`;
}
