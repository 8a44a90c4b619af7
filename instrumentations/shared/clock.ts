// Current time. Instrumentations read it twice for every message, which is half of their cost.
import { performance } from "node:perf_hooks";

/** The time of the last {@link readClock}, in milliseconds of `performance.now()`. */
export const clockMillis: Float64Array = new Float64Array(1);

// A lookup in `process` at each call would take a quarter longer.
const { hrtime } = process;
const nanos = new BigInt64Array(1);
const halves = new Uint32Array(nanos.buffer);
const LOW = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;
let originMillis = 0;

/**
 * Reads the clock into {@link clockMillis}. Allocates nothing, whether V8 inlines the call or not: a function's
 * result with a fraction is allocated unless V8 inlines the call (`npm run bench:instrumentations`).
 */
export function readClock(): void {
  // V8 always inlines `hrtime.bigint`, since it is short, and stores its result without allocating it. `hrtime` makes an array
  // if it is not inlined (48 B), and `performance.now` allocates its result before Node.js 24. All read the same clock.
  nanos[0] = hrtime.bigint();
  clockMillis[0] = (halves[HIGH]! * 2 ** 32 + halves[LOW]!) / 1_000_000 - originMillis;
}

/** Returns the time like `performance.now()`. Allocates the result if V8 does not inline the call. */
export function nowMillis(): number {
  readClock();
  return clockMillis[0]!;
}

/**
 * Returns the time since `startMillis` in whole nanoseconds, without garbage below 2 ** 31 (2 s). The start is allocated for the
 * call if V8 does not inline it.
 */
export function nanosSince(startMillis: number): number {
  readClock();
  return Math.round((clockMillis[0]! - startMillis) * 1e6);
}

// The smallest difference between the two readings is the most accurate one.
originMillis = Math.max(...Array.from({ length: 20 }, () => nowMillis() - performance.now()));
