import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Backoff } from "../../src/io/backoff.ts";
import { sleep, withTimeout } from "../../src/io/timeout.ts";
import { inSlices } from "../../src/io/yield.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new Promise<string>(() => {});

test("work that settles in time keeps its result, and no timer is left", async () => {
  const late = vi.fn<() => string>(() => "late");
  expect(await withTimeout(Promise.resolve("done"), 1_000, late)).toBe("done");
  await expect(withTimeout(Promise.reject(new Error("broken")), 1_000, late)).rejects.toThrow("broken");
  await Promise.resolve();
  expect(vi.getTimerCount()).toBe(0);
  expect(late).not.toHaveBeenCalled();
});

test("late work has the result of `late`, a value or an error", async () => {
  const value = withTimeout(never, 1_000, () => "late");
  const error = withTimeout(never, 1_000, () => {
    throw new Error("too late");
  });
  const outcomes = Promise.allSettled([value, error]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await outcomes).toEqual([
    { status: "fulfilled", value: "late" },
    { status: "rejected", reason: new Error("too late") },
  ]);
});

test("a pause ends after its time, or when its signal is aborted", async () => {
  const ended = vi.fn<() => void>();
  const end = new AbortController();
  void sleep(1_000, end.signal).then(ended);
  await vi.advanceTimersByTimeAsync(999);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(ended).toHaveBeenCalledOnce();
  const cut = sleep(1_000, end.signal);
  end.abort();
  await cut;
  await sleep(1_000, end.signal);
  expect(vi.getTimerCount()).toBe(0);
});

test("pauses between retries double up to their limit, and start again after a reset", () => {
  const backoff = new Backoff(100, 500, () => 1);
  expect(backoff.isRetrying).toBe(false);
  expect([1, 2, 3, 4, 5].map(() => backoff.nextMillis())).toEqual([100, 200, 400, 500, 500]);
  expect(backoff.isRetrying).toBe(true);
  backoff.reset();
  expect(backoff.isRetrying).toBe(false);
  expect(backoff.nextMillis()).toBe(100);
  expect(new Backoff(100, 500, () => 0.5).nextMillis()).toBe(50);
});

test("long work lets the event loop run between its slices", async () => {
  vi.useRealTimers();
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const steps = (function* (): Generator<void, string> {
    for (let step = 0; step < 5; step++) {
      // Longer than the longest slice, which a busy machine gets.
      const end = performance.now() + 6;
      while (performance.now() < end);
      yield;
    }
    return "done";
  })();
  expect(await inSlices(steps)).toBe("done");
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(4);
});

test("aborted long work rejects with the signal's reason before its next slice", async () => {
  vi.useRealTimers();
  const end = new AbortController();
  let steps = 0;
  const work = (function* (): Generator<void, void> {
    for (;;) {
      steps++;
      yield;
    }
  })();
  const working = inSlices(work, { signal: end.signal });
  // Between two slices, as each has its own turn.
  await vi.waitUntil(() => steps > 0, { interval: 1 });
  end.abort(new Error("given up"));
  const before = steps;
  await expect(working).rejects.toThrow("given up");
  expect(steps).toBe(before);
});
