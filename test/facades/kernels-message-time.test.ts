import { afterEach, beforeEach, expect, test, vi } from "vitest";

const EXACT_READINGS = 100;
const START = Date.UTC(2026, 0, 1);

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  vi.resetModules();
});
afterEach(() => {
  vi.useRealTimers();
});

async function clock(): Promise<() => number> {
  const { messageUnixMillis } = await import("../../src/facades/kernels/message-time.ts");
  return messageUnixMillis;
}

test("the time of a message is exact, as long as messages are rare", async () => {
  const now = await clock();
  for (let i = 0; i < EXACT_READINGS; i++) {
    vi.setSystemTime(START + i);
    expect(now()).toBe(START + i);
  }
});

test("the time of frequent messages is at most 50 ms old", async () => {
  const now = await clock();
  for (let i = 0; i < 20 * EXACT_READINGS; i++) {
    if (i % 10 === 0) vi.advanceTimersByTime(1);
    expect(Date.now() - now()).toBeLessThanOrEqual(50);
  }
});

test("frequent messages do not read the clock", async () => {
  const now = await clock();
  const reading = vi.spyOn(Date, "now");
  for (let i = 0; i < 1_000_000; i++) now();
  expect(reading).toHaveBeenCalledTimes(EXACT_READINGS);
  vi.advanceTimersByTime(50);
  now();
  expect(reading).toHaveBeenCalledTimes(EXACT_READINGS + 1);
});
