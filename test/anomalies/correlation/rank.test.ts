import fc from "fast-check";
import { expect, test } from "vitest";
import { valueAtRank } from "../../../src/anomalies/correlation/rank.ts";

const values = fc.float64Array({ minLength: 1, maxLength: 700, noNaN: true });

test("the value at a rank is that of the sorted values, and the values stay as they are", () => {
  fc.assert(
    fc.property(values, fc.nat(), fc.nat(), fc.nat(), (given, first, length, place) => {
      const from = first % given.length;
      const to = from + 1 + (length % (given.length - from));
      const rank = place % (to - from);
      const before = given.slice();
      const sorted = given.slice(from, to).toSorted();
      // 0 and -0 are equal.
      expect(valueAtRank(given, from, to, rank) + 0).toBe(sorted[rank]! + 0);
      expect(given).toEqual(before);
    }),
  );
});

test("the selection ends also with NaN among the values", () => {
  expect(valueAtRank(Float64Array.of(Number.NaN, 2, Number.NaN, 1), 0, 4, 1)).toBeDefined();
});
