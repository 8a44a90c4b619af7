import fc from "fast-check";
import { expect, test } from "vitest";
import { decimalText } from "../../../src/query/evaluation/decimal-text.ts";

test("numbers have all digits and no exponent", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = decimalText(value);
      expect(text).toMatch(/^-?\d+(\.\d+)?$/);
      expect(Number(text)).toBe(value);
    }),
  );
});

test.each([
  [1e21, "1000000000000000000000"],
  [1.5e-7, "0.00000015"],
  [-1.25e22, "-12500000000000000000000"],
  [-0, "-0"],
  [Number.NaN, "NaN"],
  [Infinity, "+Inf"],
  [-Infinity, "-Inf"],
])("%d is %s", (value, expected) => {
  expect(decimalText(value)).toBe(expected);
});
