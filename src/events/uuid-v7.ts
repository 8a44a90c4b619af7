// UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then a counter, then random bits.
import { randomFillSync } from "node:crypto";

const COUNTER_LIMIT = 0x1000;
const RANDOM_BYTES = 10;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
// Filled for many ids at once: one call into OpenSSL for 256 of them.
const pool = Buffer.alloc(RANDOM_BYTES * 256);
let used = pool.length;

// [lastMillis, counter] only grows, also if the clock goes back.
let lastMillis = 0;
let counter = 0;
// The first 15 characters, which many ids share.
let beginning = "";

/**
 * Creates a UUID v7. Ids of one process sort in the order of creation, by a 12-bit counter within each millisecond. If
 * the counter overflows or the clock goes back, the time in the ids runs ahead of the clock.
 */
export function uuidV7(nowMillis: number = Date.now()): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const at = used;
  used += RANDOM_BYTES;
  if (nowMillis > lastMillis) {
    // The upper half is left free, so that a burst rarely has to run ahead of the clock.
    begin(nowMillis, pool.readUInt16BE(at) & 0x7ff);
  } else if (++counter === COUNTER_LIMIT) begin(lastMillis + 1, 0);
  const count = HEX[counter >>> 8]!.charAt(1) + HEX[counter & 0xff]!;
  const variant = HEX[0x80 | (pool[at + 2]! & 0x3f)]! + HEX[pool[at + 3]!]!;
  return `${beginning}${count}-${variant}-${hexAt(at + 4)}${hexAt(at + 6)}${hexAt(at + 8)}`;
}

function begin(millis: number, first: number): void {
  const time = millis.toString(16).padStart(12, "0");
  beginning = `${time.slice(0, 8)}-${time.slice(8)}-7`;
  lastMillis = millis;
  counter = first;
}

function hexAt(at: number): string {
  return HEX[pool[at]!]! + HEX[pool[at + 1]!]!;
}
