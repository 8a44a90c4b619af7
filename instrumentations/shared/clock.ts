// Current time. Instrumentations read it twice for every message, which is half of their cost.
import { performance } from "node:perf_hooks";

/** The time that {@link readClock} has read, in milliseconds of `performance.now()`. */
export const clockMillis: Float64Array = new Float64Array(1);

// Before Node.js 24 `performance.now` allocates its result, from 24 on `hrtime` does. Both read the same clock.
const isFast = Number.parseInt(process.versions.node) >= 24;

/**
 * Reads the clock into {@link clockMillis}. V8 allocates a number with a fraction that a function returns, unless it
 * inlines the call; here it allocates nothing either way (`npm run bench:instrumentations`).
 */
export const readClock: () => void = isFast ? readPerformance : readHrtime;

/** Returns the time like `performance.now()`. Allocates the result if V8 does not inline the call. */
export function nowMillis(): number {
  readClock();
  return clockMillis[0]!;
}

function readPerformance(): void {
  clockMillis[0] = performance.now();
}

// `hrtime.bigint` is so short that V8 always inlines it. `hrtime` itself is long, and makes an array if it is not inlined:
// 48 B. A lookup in `process` at each call would take a quarter longer.
const { hrtime } = process;
// Number(bigint()) would allocate both.
const nanos = new BigInt64Array(1);
const halves = new Uint32Array(nanos.buffer);
const LOW = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;
let originMillis = 0;

function readHrtime(): void {
  nanos[0] = hrtime.bigint();
  clockMillis[0] = (halves[HIGH]! * 2 ** 32 + halves[LOW]!) / 1_000_000 - originMillis;
}

// The smallest difference between the two readings is the most accurate one.
if (!isFast) originMillis = Math.max(...Array.from({ length: 20 }, () => nowMillis() - performance.now()));
