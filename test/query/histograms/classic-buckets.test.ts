import { expect, test } from "vitest";
import { StepBuckets, bucketBound } from "../../../src/query/histograms/classic-buckets.ts";

function bucketsOf(...buckets: readonly (readonly [bound: number, count: number])[]): StepBuckets {
  const classic = new StepBuckets();
  for (const [bound, count] of buckets) classic.add(bound, count);
  return classic;
}

test.each([
  [0, 0],
  [0.5, 1],
  [0.6, 1.4],
  [0.8, 2],
  [0.9, 2],
  [1, 2],
  [-0.1, -Infinity],
  [1.1, Infinity],
  [NaN, NaN],
])("the %d-quantile of buckets is %d", (q, expected) => {
  expect(bucketsOf([1, 5], [2, 7.5], [Infinity, 10]).quantile(q)).toBe(expected);
});

test("a lowest bound of at most 0 is the quantile within its bucket", () => {
  expect(bucketsOf([-1, 6], [3, 8], [Infinity, 8]).quantile(0.5)).toBe(-1);
  expect(bucketsOf([0, 6], [3, 8], [Infinity, 8]).quantile(0.5)).toBe(0);
});

test("without observations, without +Inf or with +Inf alone a quantile is NaN", () => {
  expect(bucketsOf([1, 0], [Infinity, 0]).quantile(0.5)).toBeNaN();
  expect(bucketsOf([1, 5], [2, 10]).quantile(0.5)).toBeNaN();
  expect(bucketsOf([Infinity, 10]).quantile(0.5)).toBeNaN();
  expect(bucketsOf().quantile(0.5)).toBeNaN();
});

test("buckets may be added in any order, and those with one bound are summed", () => {
  expect(bucketsOf([Infinity, 10], [2, 5], [1, 5], [2, 2.5]).quantile(0.6)).toBe(1.4);
});

test("counts that fall are raised, which is reported unless rounding explains it", () => {
  const falling = bucketsOf([1, 8], [2, 6], [3, 7.5], [Infinity, 10]);
  expect(falling.quantile(0.8)).toBe(1);
  expect(falling.repair).toEqual({ minBound: 2, maxBound: 3, maxDifference: 2 });
  falling.clear();
  expect(falling.repair).toBe(undefined);
  const rounded = bucketsOf([1, 8], [2, 8 - 1e-13], [Infinity, 10]);
  expect(rounded.quantile(0.8)).toBe(1);
  expect(rounded.repair).toBe(undefined);
});

test("a fraction is interpolated, and the lowest bucket begins at 0, as in Prometheus 3.8", () => {
  const buckets = bucketsOf([1, 5], [2, 7.5], [Infinity, 10]);
  expect(buckets.fraction(1, 1.5)).toBe(0.125);
  expect(buckets.fraction(-Infinity, 2)).toBe(0.75);
  expect(buckets.fraction(2, Infinity)).toBe(0.25);
  expect(buckets.fraction(2, 1)).toBe(0);
  expect(buckets.fraction(0, 1)).toBe(0.5);
  expect(buckets.fraction(-1, 0.5)).toBe(0.25);
  expect(buckets.fraction(0.5, 1)).toBe(0.25);
  // Without a lower bound, the lowest bucket counts as a whole.
  const below = bucketsOf([-1, 5], [2, 8], [Infinity, 10]);
  expect(below.fraction(-2, -1)).toBe(0);
  expect(below.fraction(-Infinity, -2)).toBe(0.5);
  expect(buckets.fraction(NaN, 1)).toBeNaN();
});

test("hundreds of buckets are kept", () => {
  const buckets = new StepBuckets();
  for (let i = 1; i <= 500; i++) buckets.add(i, i);
  buckets.add(Infinity, 500);
  expect(buckets.quantile(0.5)).toBe(250);
});

test.each([
  ["1", 1],
  ["+1.5e3", 1500],
  ["-.5", -0.5],
  ["0x1p-2", 0.25],
  ["0x_1_0.f_8P+0_1", 33.9375],
  ["0x1_p4", undefined],
  ["0x1p_4", undefined],
  ["0X1.8P1", 3],
  ["+Inf", Infinity],
  ["-infinity", -Infinity],
  ["nan", NaN],
  ["", undefined],
  [" 1", undefined],
  ["1s", undefined],
  ["0x10", undefined],
  ["Infinit", undefined],
  ["1_0.2_5e1_0", 10.25e10],
  ["1__0", undefined],
  ["1_", undefined],
  ["1e999", undefined],
])("the label le=%j is the bound %d", (le, bound) => {
  expect(bucketBound(le)).toBe(bound);
});
