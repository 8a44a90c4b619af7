// Laws of native histograms.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type BinaryResult, binary } from "../../../src/query/histograms/binary.ts";
import { bucketAt, countAt, placesOf } from "../../../src/query/histograms/buckets.ts";
import { equal } from "../../../src/query/histograms/equal.ts";
import { fraction } from "../../../src/query/histograms/fraction.ts";
import { HistogramMean } from "../../../src/query/histograms/histogram-mean.ts";
import { HistogramSum } from "../../../src/query/histograms/histogram-sum.ts";
import { isReset } from "../../../src/query/histograms/is-reset.ts";
import { quantile } from "../../../src/query/histograms/quantile.ts";
import { type HistogramJson, histogramJson } from "../../../src/query/histograms/text.ts";
import type { NativeHistogram } from "../../../src/query/native-histogram.ts";
import { Random } from "../../kit/random.ts";
import { grownHistogram, randomHistogram } from "./random-windows.ts";

const histogram = fc.integer().map((seed) => randomHistogram(new Random(seed)));
// Without NaN observations, which are in no bucket, and without buckets within the zero bucket.
const whole = histogram.filter(({ sum, zeroThreshold }) => !Number.isNaN(sum) && zeroThreshold < 1e-9);
const populated = whole.filter(({ count }) => count > 0);
const standard = whole.filter(({ schema }) => schema !== -53);
const share = fc.double({ min: 0, max: 1, noNaN: true });
const reporter = { metricName: "", annotate: (): void => undefined };

test("addition of two histograms commutes", () => {
  fc.assert(
    fc.property(whole, whole, (left, right) => {
      const [forward, backward] = [binary("+", left, right), binary("+", right, left)];
      expect(plain(forward)).toEqual(plain(backward));
    }),
  );
});

test("a histogram minus itself is empty", () => {
  fc.assert(
    fc.property(whole, (each) => {
      const result = binary("-", each, each);
      expect(result.kind === "histogram" && histogramJson(result.histogram)).toEqual({
        count: "0",
        sum: "0",
      });
    }),
  );
});

test("a lower schema keeps all observations, each within its bucket", () => {
  fc.assert(
    fc.property(standard, fc.integer({ min: 1, max: 12 }), (each, steps) => {
      const coarse = new HistogramSum();
      coarse.set(each, Math.max(-4, each.schema - steps));
      const result = coarse.result();
      expect(totalOf(result)).toBe(totalOf(each));
      for (let place = 0; place < placesOf(each); place++) {
        const count = countAt(each, place);
        if (count === 0) continue;
        const { lower, upper } = bucketAt(each, place);
        expect(bucketsAround(result, (lower + upper) / 2)).toBeGreaterThanOrEqual(count);
      }
    }),
  );
});

test("sums in any order have all observations", () => {
  fc.assert(
    fc.property(fc.array(standard, { minLength: 1, maxLength: 6 }), (all) => {
      const sum = new HistogramSum();
      for (const each of all) expect(sum.add(each)).toBeUndefined();
      expect(sum.result().count).toBe(all.reduce((count, each) => count + each.count, 0));
    }),
  );
});

test("the mean of equal histograms is each of them", () => {
  fc.assert(
    fc.property(whole, fc.integer({ min: 1, max: 5 }), (each, size) => {
      const mean = new HistogramMean();
      for (let i = 0; i < size; i++) mean.add(each);
      expect(mean.result().count).toBeCloseTo(each.count, 9);
      expect(mean.result().sum).toBeCloseTo(each.sum, 9);
    }),
  );
});

test("a quantile is monotonic, and within the bucket that reaches its rank", () => {
  fc.assert(
    fc.property(populated, share, share, (each, one, other) => {
      const [low, high] = one < other ? [one, other] : [other, one];
      const [lower, upper] = [quantile(low, each, reporter), quantile(high, each, reporter)];
      const slack = 1e-9 * Math.abs(upper) + 1e-300;
      expect(lower).toBeLessThanOrEqual(upper + slack);
      const first = populatedBuckets(each).at(0);
      const last = populatedBuckets(each).at(-1);
      expect(lower).toBeGreaterThanOrEqual(Math.min(first?.lower ?? NaN, first?.upper ?? NaN, 0) - slack);
      expect(upper).toBeLessThanOrEqual((last?.upper ?? NaN) + slack);
    }),
  );
});

test("the fraction below a quantile is the quantile's rank", () => {
  fc.assert(
    fc.property(
      populated.filter((each) => each.schema !== -53),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      (each, q) => {
        const value = quantile(q, each, reporter);
        // Within the zero bucket, all values are the same in numbers of this size.
        fc.pre(Math.abs(value) > 1e-9);
        expect(fraction(-Infinity, value, each, reporter)).toBeCloseTo(q, 6);
      },
    ),
  );
});

test("a histogram that grows is not reset, and one that goes back is", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = new Random(seed);
      const before = randomHistogram(random, false);
      const after = grownHistogram(random, before);
      expect(isReset(before, after)).toBe(false);
      expect(isReset(after, before)).toBe(after.count > before.count);
      expect(isReset(before, { ...after, resetHint: "reset" })).toBe(true);
      expect(isReset(after, { ...before, resetHint: "not-reset" })).toBe(false);
    }),
  );
});

test("a histogram equals its copy with empty buckets at the ends", () => {
  fc.assert(
    fc.property(histogram, (each) => {
      const { offset, counts } = each.positive;
      const padded = { offset: offset - 2, counts: Float64Array.of(0, 0, ...counts, 0) };
      expect(equal(each, { ...each, positive: counts.length === 0 ? each.positive : padded })).toBe(true);
      expect(equal(each, { ...each, count: each.count + 1 })).toBe(false);
    }),
  );
});

function plain(result: BinaryResult): BinaryResult | HistogramJson {
  return result.kind === "histogram" ? histogramJson(result.histogram) : result;
}

function totalOf(each: NativeHistogram): number {
  let total = 0;
  for (let place = 0; place < placesOf(each); place++) total += countAt(each, place);
  return total;
}

function populatedBuckets(each: NativeHistogram): readonly ReturnType<typeof bucketAt>[] {
  return Array.from({ length: placesOf(each) }, (_, place) => place)
    .filter((place) => countAt(each, place) !== 0)
    .map((place) => bucketAt(each, place));
}

// Count of the buckets that contain a value, which may be in the zero bucket too.
function bucketsAround(each: NativeHistogram, value: number): number {
  return populatedBuckets(each)
    .filter(({ lower, upper }) => lower <= value && value <= upper)
    .reduce((count, bucket) => count + bucket.count, 0);
}
