import fc from "fast-check";
import { expect, test } from "vitest";
import { pValueOfDifference } from "../../src/facades/commands/history.ts";

// Abramowitz and Stegun, Handbook of Mathematical Functions, table 26.1: Q(x), the upper tail of the normal
// distribution.
test.each([
  [0.5, 0.3085375387],
  [1, 0.15865525393],
  [1.96, 0.02499789515],
  [2, 0.02275013195],
  [3, 0.00134989803],
  [4, 3.1671241833e-5],
  [5, 2.8665157188e-7],
  [6, 9.86587645e-10],
])("a difference of %d standard errors has the probability of the normal distribution's table", (z, tail) => {
  // With 20,000 each, a count of 10,000 and one more or less are 0.02 standard errors apart.
  const more = { count: 10_000 + z * 50, total: 20_000 };
  const less = { count: 10_000 - z * 50, total: 20_000 };
  expect(pValueOfDifference(more, less) / (2 * tail)).toBeCloseTo(1, 8);
});

test.each([
  // statsmodels, proportions_ztest: the example of its documentation prints 0.159.
  [5, 83, 12, 99, 0.1585, 0.1595],
  // Physicians' Health Study, New England Journal of Medicine 321 (1989): heart attacks with aspirin and without.
  // Agresti, An Introduction to Categorical Data Analysis, has z = -5.00 for it.
  [104, 11_037, 189, 11_034, 5.585e-7, 5.884e-7],
])("%d of %d and %d of %d differ as published", (count, total, otherCount, otherTotal, from, to) => {
  const p = pValueOfDifference({ count, total }, { count: otherCount, total: otherTotal });
  expect(p).toBeGreaterThan(from);
  expect(p).toBeLessThan(to);
});

test("a probability lies between 0 and 1, in either order of the shares, and falls as they differ more", () => {
  const share = fc
    .tuple(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([total, rate]) => ({ count: Math.round(total * rate), total }));
  fc.assert(
    fc.property(share, share, (one, other) => {
      const p = pValueOfDifference(one, other);
      expect(p).toBeGreaterThanOrEqual(0);
      expect(p).toBeLessThanOrEqual(1);
      expect(pValueOfDifference(other, one)).toBe(p);
      const rate = one.count / one.total;
      const same = { count: rate * other.total, total: other.total };
      expect(pValueOfDifference(one, same)).toBeCloseTo(1, 5);
    }),
  );
});

test("nothing has changed if all or none failed", () => {
  expect(pValueOfDifference({ count: 0, total: 10 }, { count: 0, total: 500 })).toBe(1);
  expect(pValueOfDifference({ count: 10, total: 10 }, { count: 500, total: 500 })).toBe(1);
});
