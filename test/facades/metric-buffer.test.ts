import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MetricBuffer, type PerformanceMetric } from "../../src/facades/metric-buffer.ts";
import { runs } from "../kit/test-length.ts";

const CAPACITY = 10_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function metric(name: string, value: number, timestamp = value): PerformanceMetric {
  return { name, value, unit: "count", timestamp, tags: {}, source: "custom" };
}

function pushMany(buffer: MetricBuffer, name: string, count: number, from = 0): void {
  for (let i = from; i < from + count; i++) buffer.push(metric(name, i));
}

test("a hundred measurements of a name and second are all kept, and drained once in the order of time", () => {
  const buffer = new MetricBuffer();
  for (let i = 0; i < 100; i++) {
    buffer.push(metric("b", 1000 - i));
    buffer.push(metric("a", 1000 - i));
  }
  const drained = buffer.drain();
  expect(drained).toHaveLength(200);
  expect(drained.map(({ timestamp }) => timestamp)).toEqual(
    Array.from({ length: 200 }, (_, i) => 901 + Math.floor(i / 2)),
  );
  expect(drained.every(({ context }) => context === undefined)).toBe(true);
  expect(buffer.leftOut()).toEqual({});
  expect(buffer.drain()).toEqual([]);
});

test("of more than a hundred within a second a hundred are kept, each with the total number", () => {
  const buffer = new MetricBuffer();
  pushMany(buffer, "fast", 1234);
  buffer.push({ ...metric("slow", 1), context: { file: "a.csv" } });
  expect(buffer.leftOut()).toEqual({ fast: 1134 });
  vi.advanceTimersByTime(1000);
  pushMany(buffer, "fast", 1, 2000);
  const drained = buffer.drain();
  const sampled = drained.filter(({ name, value }) => name === "fast" && value < 2000);
  expect(sampled).toHaveLength(100);
  expect(new Set(sampled.map(({ value }) => value)).size).toBe(100);
  expect(sampled.every(({ context }) => context?.["sampledFrom"] === 1234)).toBe(true);
  expect(drained.find(({ name }) => name === "slow")?.context).toEqual({ file: "a.csv" });
  expect(drained.at(-1)).toEqual(metric("fast", 2000));
  expect(buffer.leftOut()).toEqual({ fast: 1134 });
});

test("the number of a sample is added to a metric's own context", () => {
  const buffer = new MetricBuffer();
  for (let i = 0; i < 101; i++) buffer.push({ ...metric("a", i), context: { i } });
  for (const { value, context } of buffer.drain()) expect(context).toEqual({ i: value, sampledFrom: 101 });
});

test("after a drain the second starts anew", () => {
  const buffer = new MetricBuffer();
  pushMany(buffer, "a", 150);
  buffer.drain();
  pushMany(buffer, "a", 100);
  expect(buffer.drain().every(({ context }) => context === undefined)).toBe(true);
  expect(buffer.leftOut()).toEqual({ a: 50 });
});

test("each measurement of a second has the same chance to be in the sample", () => {
  const kept: number[] = Array.from({ length: 400 }, () => 0);
  let seed = 1;
  // A linear congruential generator (Park and Miller), so that the test always uses the same numbers.
  vi.spyOn(Math, "random").mockImplementation(() => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647);
  for (let round = 0; round < 2000; round++) {
    const buffer = new MetricBuffer();
    pushMany(buffer, "a", 400);
    for (const { value } of buffer.drain()) kept[value]!++;
  }
  // Expected 500 of each, with a standard deviation of 19.4: all of 400 within five of them.
  expect(Math.min(...kept)).toBeGreaterThan(403);
  expect(Math.max(...kept)).toBeLessThan(597);
});

test("a full buffer drops the oldest second of a name and counts it", () => {
  const buffer = new MetricBuffer({ maxMetricsPerSecond: 5_000 });
  pushMany(buffer, "a", 5_200);
  vi.advanceTimersByTime(1000);
  pushMany(buffer, "b", 4_000, 10_000);
  vi.advanceTimersByTime(1000);
  pushMany(buffer, "c", 2_000, 20_000);
  expect(buffer.leftOut()).toEqual({ a: 5_200 });
  const drained = buffer.drain();
  expect(drained).toHaveLength(6_000);
  expect(new Set(drained.map(({ name }) => name))).toEqual(new Set(["b", "c"]));
});

test("names beyond a thousand are counted together", () => {
  const buffer = new MetricBuffer();
  for (let i = 0; i < CAPACITY + 1200; i++) buffer.push(metric(`name.${i}`, i));
  const leftOut = buffer.leftOut();
  expect(Object.keys(leftOut)).toHaveLength(1001);
  expect(leftOut["_other"]).toBe(200);
});

test("a dropped measurement is never created", () => {
  const buffer = new MetricBuffer();
  let made = 0;
  for (let i = 0; i < 100; i++) buffer.offer("a", 0, () => metric("a", ++made));
  vi.spyOn(Math, "random").mockReturnValue(0.999_999);
  const unlucky = new MetricBuffer();
  for (let i = 0; i < 1000; i++) unlucky.offer("a", 0, () => metric("a", ++made));
  expect(made).toBe(200);
});

test("for any measurements the bounds hold and each one is counted", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("push"), name: fc.nat(6), count: fc.nat(4_000) }),
    fc.record({ kind: fc.constant("wait"), name: fc.constant(0), count: fc.nat(1500) }),
    fc.record({ kind: fc.constant("drain"), name: fc.constant(0), count: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const buffer = new MetricBuffer({ maxMetricsPerSecond: 3_000 });
      let pushed = 0;
      let drained = 0;
      for (const { kind, name, count } of steps) {
        if (kind === "wait") vi.advanceTimersByTime(count);
        else if (kind === "drain") drained += drainedWithinBounds(buffer);
        else {
          pushMany(buffer, `n${name}`, count);
          pushed += count;
        }
      }
      drained += drainedWithinBounds(buffer);
      const leftOut = Object.values(buffer.leftOut()).reduce((sum, count) => sum + count, 0);
      expect(drained + leftOut).toBe(pushed);
    }),
    { numRuns: runs(50) },
  );
});

function drainedWithinBounds(buffer: MetricBuffer): number {
  const { length } = buffer.drain();
  expect(length).toBeLessThanOrEqual(CAPACITY);
  return length;
}
