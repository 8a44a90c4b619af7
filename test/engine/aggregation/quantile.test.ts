import type { ExponentialHistogram, Histogram } from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { expect, test } from "vitest";
import { exponentialQuantileOf, quantileOf, relativeErrorOf } from "./quantile.ts";
import { Interner } from "../../../src/engine/series/interner.ts";
import { ExplicitHistogramStore } from "../../../src/engine/aggregation/explicit-histogram-store.ts";
import { ExponentialHistogramStore } from "../../../src/engine/aggregation/exponential-histogram-store.ts";
import { runs } from "../../kit/test-length.ts";

// Rounding of the bounds themselves: there are a few roundings between the value and the estimate.
const ROUNDING = 1e-9;

const table = { interner: new Interner(), limit: 10 };
const value = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).filter((each) => each === 0 || Math.abs(each) > 1e-300),
  fc.integer({ min: -20, max: 200 }),
);
const values = fc.array(value, { minLength: 1, maxLength: 100 });
const shares = fc.oneof(fc.constantFrom(0, 0.5, 0.99, 1), fc.double({ min: 0, max: 1, noNaN: true }));

function exponential(given: readonly number[], maxSize: number, recordMinMax = true): ExponentialHistogram {
  const store = new ExponentialHistogramStore({ ...table, maxSize, maxScale: 20, recordMinMax });
  const handle = store.bind({});
  for (const each of given) handle.record(each);
  return store.valueOf(handle.row);
}

function explicit(given: readonly number[], boundaries: readonly number[], recordMinMax = true): Histogram {
  const store = new ExplicitHistogramStore({ ...table, boundaries, recordMinMax });
  const handle = store.bind({});
  for (const each of given) handle.record(each);
  return store.valueOf(handle.row);
}

/** The value at the quantile's rank, computed from all values. */
function exactQuantile(given: readonly number[], q: number): number {
  return given.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(q * given.length)) - 1]!;
}

test("an exponential histogram's quantile is within its scale's error of the exact one, and between its bounds", () => {
  fc.assert(
    fc.property(
      values,
      shares,
      fc.integer({ min: 2, max: 160 }),
      fc.boolean(),
      (given, q, maxSize, minMax) => {
        const histogram = exponential(given, maxSize, minMax);
        const exact = exactQuantile(given, q);
        const estimate = exponentialQuantileOf(histogram, q)!;
        const slack = ROUNDING * Math.abs(exact);
        expect(Math.abs(estimate.value - exact)).toBeLessThanOrEqual(
          relativeErrorOf(histogram.scale) * Math.abs(exact) + slack,
        );
        expect(exact).toBeGreaterThanOrEqual(estimate.lower - slack);
        expect(exact).toBeLessThanOrEqual(estimate.upper + slack);
        expect(estimate.value).toBeGreaterThanOrEqual(estimate.lower);
        expect(estimate.value).toBeLessThanOrEqual(estimate.upper);
      },
    ),
    { numRuns: runs(2_000) },
  );
});

test("a quantile of a histogram with boundaries is in the exact one's bucket", () => {
  const boundaries = fc
    .uniqueArray(fc.integer({ min: -50, max: 300 }), { maxLength: 30 })
    .map((list) => list.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(values, shares, boundaries, fc.boolean(), (given, q, bounds, minMax) => {
      const exact = exactQuantile(given, q);
      const { value: estimated, lower, upper } = quantileOf(explicit(given, bounds, minMax), q)!;
      expect(exact).toBeGreaterThanOrEqual(lower);
      expect(exact).toBeLessThanOrEqual(upper);
      expect(estimated).toBeGreaterThanOrEqual(lower);
      expect(estimated).toBeLessThanOrEqual(upper);
      expect(Number.isFinite(estimated)).toBe(true);
      const bucket = bounds.filter((bound) => bound < exact).length;
      expect(lower).toBeGreaterThanOrEqual(bounds[bucket - 1] ?? -Infinity);
      expect(upper).toBeLessThanOrEqual(bounds[bucket] ?? Infinity);
      expect(lower).toBeGreaterThanOrEqual(minMax ? Math.min(...given) : -Infinity);
      expect(upper).toBeLessThanOrEqual(minMax ? Math.max(...given) : Infinity);
    }),
    { numRuns: runs(2_000) },
  );
});

test("the first and the last quantile are min and max", () => {
  fc.assert(
    fc.property(values, (given) => {
      for (const histogramQuantile of [
        (q: number) => quantileOf(explicit(given, [0, 10]), q),
        (q: number) => exponentialQuantileOf(exponential(given, 160), q),
      ]) {
        expect(histogramQuantile(0)?.value).toBeCloseTo(Math.min(...given), 12);
        expect(histogramQuantile(1)?.value).toBeCloseTo(Math.max(...given), 12);
      }
    }),
  );
});

test("a higher quantile never has a lower value", () => {
  fc.assert(
    fc.property(values, shares, shares, (given, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const histogram = exponential(given, 20);
      expect(exponentialQuantileOf(histogram, high)!.value).toBeGreaterThanOrEqual(
        exponentialQuantileOf(histogram, low)!.value,
      );
      const withBoundaries = explicit(given, [-5, 0, 5, 50]);
      expect(quantileOf(withBoundaries, high)!.value).toBeGreaterThanOrEqual(
        quantileOf(withBoundaries, low)!.value,
      );
    }),
  );
});

test("values in a bucket are assumed to be evenly spread", () => {
  const histogram = explicit(
    Array.from({ length: 100 }, (_, i) => i + 1),
    [0, 50, 100],
  );
  expect(quantileOf(histogram, 0.75)).toEqual({ value: 75, lower: 50, upper: 100 });
});

test("the error is the one that the specification lists for each scale", () => {
  const listed = { 6: 0.00542, 5: 0.01083, 4: 0.02166, 3: 0.04329, 2: 0.08643 };
  for (const [scale, error] of Object.entries(listed))
    expect(relativeErrorOf(Number(scale))).toBeCloseTo(error, 5);
  expect(relativeErrorOf(-10)).toBe(1);
});

test("an empty histogram has no quantiles", () => {
  expect(quantileOf(explicit([], [1]), 0.5)).toBeUndefined();
  expect(exponentialQuantileOf(exponential([], 160), 0.5)).toBeUndefined();
});

test("a q outside 0 to 1 throws", () => {
  for (const q of [-0.1, 1.1, Number.NaN, 95])
    expect(() => quantileOf(explicit([1], []), q)).toThrow(
      `quantile: ${q} is not from 0 to 1; give 0.95 for 95 %`,
    );
});
