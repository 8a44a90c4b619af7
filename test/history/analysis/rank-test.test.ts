import fc from "fast-check";
import { expect, test } from "vitest";
import { rankTest } from "../../../src/history/analysis/compare.ts";

// Hollander and Wolfe, "Nonparametric Statistical Methods" (1973), page 69: permeability of a membrane at term, and
// between the 12th and the 26th week.
const atTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
const before = [1.15, 0.88, 0.9, 0.74, 1.21];

// Chambers et al., "Graphical Methods for Data Analysis" (1983): ozone in New York, May and August 1973; R's `airquality`.
const may = [
  41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115, 37,
];
const august = [
  39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118, 84, 85,
];

test("Hollander and Wolfe's example has the published statistic, p-value and shift", () => {
  const { u, pValue, shift } = rankTest(before, atTerm);
  expect(u).toBe(35);
  // One-sided 0.1272.
  expect(pValue / 2).toBeCloseTo(0.1272, 4);
  expect(shift).toBeCloseTo(0.305, 9);
});

test("with ties the p-value is the one that R documents for `airquality`", () => {
  const { u, pValue } = rankTest(august, may);
  expect(u).toBe(127.5);
  expect(pValue).toBeCloseTo(0.0001208, 7);
});

// Critical values of Mann and Whitney's U at 0.05, two-sided, from published tables.
test.each([
  [5, 5, 2],
  [6, 12, 14],
  [8, 8, 13],
  [10, 10, 23],
  [15, 15, 64],
  [20, 20, 127],
])("samples of %d and %d differ at 0.05 from U = %d on", (n, m, critical) => {
  expect(rankTest(...samplesWith(critical, n, m)).u).toBe(critical);
  expect(rankTest(...samplesWith(critical, n, m)).pValue).toBeLessThanOrEqual(0.05);
  expect(rankTest(...samplesWith(critical + 1, n, m)).pValue).toBeGreaterThan(0.05);
});

test("the p-value of large samples without ties is close to that of the exact test", () => {
  const exact = rankTest(...samplesWith(900, 49, 49)).pValue;
  // 50 instead of 49 values selects the other method; the additional one in the middle hardly changes the result.
  const normal = rankTest(...samplesWith(918, 50, 49)).pValue;
  expect(Math.abs(normal - exact)).toBeLessThan(0.005);
});

test("the effect is 1 if all values are above, -1 if all are below, 0 if all are equal", () => {
  expect(rankTest([1, 2, 3], [4, 5, 6]).effect).toBe(1);
  expect(rankTest([4, 5, 6], [1, 2, 3]).effect).toBe(-1);
  expect(rankTest([1, 1, 1], [1, 1, 1])).toEqual({ u: 4.5, pValue: 1, effect: 0, shift: 0 });
});

test("the shift of thousands of values is computed from a selection", () => {
  const values = Array.from({ length: 5000 }, (_, i) => (i * 7919) % 5000);
  expect(
    rankTest(
      values,
      values.map((value) => value + 250),
    ).shift,
  ).toBeCloseTo(250, -1);
});

// Samples of n and m distinct values; the second value is larger in `u` pairs.
function samplesWith(u: number, n: number, m: number): [number[], number[]] {
  const former = Array.from({ length: n }, (_, i) => i);
  const later = Array.from({ length: m }, (_, j) => {
    const below = Math.min(Math.max(u - j * n, 0), n);
    return below - 1 + (j + 1) / (m + 1);
  });
  return [former, later];
}

test("U is the number of pairs in which the later value is larger, and p a probability", () => {
  const samples = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(
      samples,
      samples,
      fc.double({ min: 1, max: 20, noNaN: true }),
      (earlier, later, inflation) => {
        const { u, pValue, effect } = rankTest(earlier, later, inflation);
        const pairs = later.flatMap((value) => earlier.map((former) => (Math.sign(value - former) + 1) / 2));
        expect(u).toBeCloseTo(
          pairs.reduce((sum, pair) => sum + pair, 0),
          6,
        );
        expect(pValue >= 0 && pValue <= 1 && effect >= -1 && effect <= 1).toBe(true);
      },
    ),
  );
});
