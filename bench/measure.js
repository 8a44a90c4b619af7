// Measurement of time and memory, in a process that does nothing else.
import { performance } from "node:perf_hooks";

const WARM_UP_MILLIS = 150;
const SAMPLING_MILLIS = 250;
// Short enough for most samples to lie between two interruptions by the operating system.
const SAMPLE_MILLIS = 0.2;

/**
 * Measures the time of one call in nanoseconds: the median of about a thousand short samples, after V8 has optimized
 * the loop. `subject` is `{ run(start, n), total(), expected(calls) }`.
 */
export async function time(subject) {
  const calling = new Calling(subject);
  warmUp(calling);
  let n = 64;
  while (calling.millis(n) < SAMPLE_MILLIS) n *= 2;
  const samples = [];
  const end = performance.now() + SAMPLING_MILLIS;
  while (performance.now() < end) samples.push((calling.millis(n) * 1e6) / n);
  await calling.check();
  return { unit: "ns", value: median(samples), min: Math.min(...samples), calls: calling.calls };
}

const GARBAGE_CALLS = 50_000;

/**
 * Measures the bytes that one call leaves to the garbage collector. Needs `--expose-gc` and a large young generation.
 */
export async function garbage(subject) {
  const calling = new Calling(subject);
  warmUp(calling);
  calling.millis(GARBAGE_CALLS);
  const perCall = [];
  for (let i = 0; i < 7; i++) {
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    calling.millis(GARBAGE_CALLS);
    perCall.push((process.memoryUsage().heapUsed - before) / GARBAGE_CALLS);
  }
  await calling.check();
  // V8 may allocate for itself while it optimizes; the garbage of a call is in every sample.
  return { unit: "B", value: Math.min(...perCall), calls: calling.calls };
}

/**
 * Measures the bytes held by the result of `make`, for each of `count` series: heap, and buffers outside of it. The
 * attribute values are the caller's, as usual in programs. `{ make(), check(made) }`.
 */
export async function memory(count, { make, check }) {
  // Objects created once for each process, code included, are not part of a series' memory.
  await check(await make(1000), 1000);
  const before = await held();
  const made = await make(count);
  const after = await held();
  await check(made, count);
  const heap = (after.heapUsed - before.heapUsed) / count;
  // Buffers shared by threads count only in `arrayBuffers`; other memory outside of the heap counts in `external`.
  const buffers =
    Math.max(after.external - before.external, after.arrayBuffers - before.arrayBuffers) / count;
  return { unit: "B", value: heap + buffers, heap, buffers };
}

/**
 * Measures the time of `once()` in milliseconds: the median of some runs, each after `between()`, which is not timed.
 */
export async function timeOnce({ once, between = async () => {}, check, runs = 12, warmUpRuns = 3 }) {
  const samples = [];
  for (let i = 0; i < runs + warmUpRuns; i++) {
    const given = await between();
    const elapsed = stopwatch();
    const result = await once(given);
    const millis = elapsed();
    await check(result);
    if (i >= warmUpRuns) samples.push(millis);
  }
  return { unit: "ms", value: median(samples), min: Math.min(...samples) };
}

/**
 * Starts a stopwatch, which returns milliseconds. With TACHYMETER_BENCH_CLOCK=processor they are the processor time of this
 * process, which other programs on the machine change less.
 */
export function stopwatch() {
  if (process.env.TACHYMETER_BENCH_CLOCK === "processor") {
    const begin = process.cpuUsage();
    return () => {
      const { user, system } = process.cpuUsage(begin);
      return (user + system) / 1_000;
    };
  }
  const begin = performance.now();
  return () => performance.now() - begin;
}

/** Returns the median. */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >>> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Throws if a contender has not counted its input correctly: its times would be meaningless. */
export function mustBe(actual, expected) {
  if (actual !== expected) throw new Error(`the total must be ${expected}, got ${actual}`);
}

class Calling {
  calls = 0;

  constructor(subject) {
    this.subject = subject;
  }

  millis(n) {
    const started = performance.now();
    // Kept small, so that it stays a small integer.
    this.subject.run(this.calls & 0xffff, n);
    const millis = performance.now() - started;
    this.calls += n;
    return millis;
  }

  async check() {
    mustBe(await this.subject.total(), this.subject.expected(this.calls));
  }
}

// Many short calls and some long ones, so that V8 optimizes the function and its loop.
function warmUp(calling) {
  const end = performance.now() + WARM_UP_MILLIS;
  for (let n = 100; performance.now() < end; n = Math.min(n + 100, 10_000)) calling.millis(n);
}

async function held() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage();
}
