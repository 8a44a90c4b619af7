import type { ExponentialHistogram, Histogram } from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  mergeExponentialHistograms,
  mergeHistograms,
  mergeLastValues,
  mergeSums,
} from "../../../src/engine/aggregation/merge.ts";
import { Interner } from "../../../src/engine/series/interner.ts";
import { ExplicitHistogramStore } from "../../../src/engine/aggregation/explicit-histogram-store.ts";
import { ExponentialHistogramStore } from "../../../src/engine/aggregation/exponential-histogram-store.ts";

// Whole numbers, and fractions of powers of two, so that sums do not depend on their order.
const magnitude = fc.oneof(
  fc.integer({ min: 0, max: 1_000_000 }),
  fc.integer({ min: 1, max: 2 ** 20 }).map((n) => n / 2 ** 20),
);
const value = fc.tuple(magnitude, fc.boolean()).map(([n, isNegative]) => (isNegative ? 0 - n : n));
const values = fc.array(value, { maxLength: 40 });
const maxSizes = fc.oneof(fc.constant(160), fc.integer({ min: 2, max: 40 }));

const table = { interner: new Interner(), limit: 10 };

function exponential(given: readonly number[], maxSize: number): ExponentialHistogram {
  const store = new ExponentialHistogramStore({ ...table, maxSize, maxScale: 20, recordMinMax: true });
  const handle = store.bind({});
  for (const each of given) handle.record(each);
  return store.valueOf(handle.row);
}

function explicit(given: readonly number[], boundaries: readonly number[]): Histogram {
  const store = new ExplicitHistogramStore({ ...table, boundaries, recordMinMax: true });
  const handle = store.bind({});
  for (const each of given) handle.record(each);
  return store.valueOf(handle.row);
}

test("merging two exponential histograms equals recording all their values in one", () => {
  fc.assert(
    fc.property(values, values, maxSizes, (a, b, maxSize) => {
      const merged = mergeExponentialHistograms(exponential(a, maxSize), exponential(b, maxSize), maxSize);
      expect(merged).toEqual(exponential([...a, ...b], maxSize));
    }),
    { numRuns: 500 },
  );
});

test("merging exponential histograms of different sizes is commutative and associative", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(values, maxSizes), { minLength: 3, maxLength: 3 }),
      maxSizes,
      (parts, maxSize) => {
        const merge = (a: ExponentialHistogram, b: ExponentialHistogram): ExponentialHistogram =>
          mergeExponentialHistograms(a, b, maxSize);
        const [a, b, c] = parts.map(([given, size]) => exponential(given, size));
        expect(merge(a!, b!)).toEqual(merge(b!, a!));
        expect(merge(merge(a!, b!), c!)).toEqual(merge(a!, merge(b!, c!)));
      },
    ),
  );
});

test("merged exponential histograms are never finer, and never above the maximum size", () => {
  fc.assert(
    fc.property(values, values, maxSizes, (a, b, maxSize) => {
      const parts = [exponential(a, maxSize), exponential(b, 160)];
      const merged = mergeExponentialHistograms(parts[0]!, parts[1]!, maxSize);
      for (const { scale } of parts.filter(({ count, zeroCount }) => count > zeroCount))
        expect(merged.scale).toBeLessThanOrEqual(scale);
      expect(merged.positive.bucketCounts.length).toBeLessThanOrEqual(maxSize);
      expect(merged.negative.bucketCounts.length).toBeLessThanOrEqual(maxSize);
    }),
  );
});

test("empty buckets at the ends of another producer's ranges lose no resolution", () => {
  const padded: ExponentialHistogram = {
    ...exponential([4], 160),
    scale: 0,
    positive: { offset: -500, bucketCounts: [...Array.from({ length: 501 }, () => 0), 1, 0, 0] },
  };
  const merged = mergeExponentialHistograms(padded, padded);
  expect(merged).toMatchObject({ scale: 0, positive: { offset: 1, bucketCounts: [2] } });
});

test("merging two histograms with equal boundaries equals recording all their values in one", () => {
  const boundaries = fc
    .uniqueArray(fc.integer({ min: -50, max: 1_000 }), { maxLength: 30 })
    .map((list) => list.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(values, values, values, boundaries, (a, b, c, bounds) => {
      const [x, y, z] = [a, b, c].map((given) => explicit(given, bounds));
      expect(mergeHistograms(x!, y!)).toEqual(explicit([...a, ...b], bounds));
      expect(mergeHistograms(x!, y!)).toEqual(mergeHistograms(y!, x!));
      expect(mergeHistograms(mergeHistograms(x!, y!), z!)).toEqual(
        mergeHistograms(x!, mergeHistograms(y!, z!)),
      );
    }),
  );
});

test("histograms with different boundaries are not merged", () => {
  expect(() => mergeHistograms(explicit([1], [1, 2]), explicit([1], [1, 3]))).toThrow(
    expect.objectContaining({
      name: "MergeError",
      code: "TACHYMETER_MERGE",
      message:
        "histograms must have equal boundaries, got [1,2] and [1,3]; merge series of the same instrument and view",
    }),
  );
});

test("values that only one of two histograms has are left out, unless the other is empty", () => {
  const known = explicit([1, 2], [5]);
  const unknown: Histogram = { buckets: { boundaries: [5], counts: [1, 1] }, count: 2 };
  expect(mergeHistograms(known, unknown)).toEqual({ buckets: { boundaries: [5], counts: [3, 1] }, count: 4 });
  expect(mergeHistograms(known, explicit([], [5]))).toEqual(known);
  const none: Histogram = { buckets: { boundaries: [5], counts: [0, 0] }, count: 0 };
  expect(mergeHistograms(none, known)).toEqual(known);
});

test("merging changes neither of the two", () => {
  const [a, b] = [exponential([1, -2, 3], 160), exponential([1e6, -1e6, 0], 160)];
  const [before, otherBefore] = [structuredClone(a), structuredClone(b)];
  mergeExponentialHistograms(a, b);
  expect([a, b]).toEqual([before, otherBefore]);
  const explicits = [explicit([1], [2]), explicit([3], [2])];
  const explicitsBefore = structuredClone(explicits);
  mergeHistograms(explicits[0]!, explicits[1]!);
  expect(explicits).toEqual(explicitsBefore);
});

test("sums are added", () => {
  expect(mergeSums(3, -5)).toBe(-2);
});

test("the newer last value wins, or the greater of equally old ones, in any order and grouping", () => {
  const timed = fc.record({
    value: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(Number.NaN)),
    timeUnixMillis: fc.integer({ min: 0, max: 3 }),
  });
  fc.assert(
    fc.property(timed, timed, timed, (a, b, c) => {
      expect(mergeLastValues(a, b)).toEqual(mergeLastValues(b, a));
      expect(mergeLastValues(mergeLastValues(a, b), c)).toEqual(mergeLastValues(a, mergeLastValues(b, c)));
    }),
  );
  expect(mergeLastValues({ value: 9, timeUnixMillis: 1 }, { value: 1, timeUnixMillis: 2 }).value).toBe(1);
  expect(mergeLastValues({ value: 9, timeUnixMillis: 2 }, { value: 1, timeUnixMillis: 2 }).value).toBe(9);
});
