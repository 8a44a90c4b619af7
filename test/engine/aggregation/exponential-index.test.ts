import fc from "fast-check";
import { expect, test } from "vitest";
import { bucketIndexOf } from "../../../src/engine/aggregation/exponential-index.ts";
import { lowerBoundOf } from "./quantile.ts";
import { runs } from "../../kit/test-length.ts";

const MIN_NORMAL = 2 ** -1022;
const scales = fc.integer({ min: -10, max: 20 });
const exponents = fc.integer({ min: -1022, max: 1023 });
const values = fc.oneof(
  fc.double({ min: MIN_NORMAL, max: Number.MAX_VALUE, noNaN: true }),
  fc.double({ min: 0.001, max: 10_000, noNaN: true }),
  fc.tuple(exponents, fc.integer({ min: -3, max: 3 })).map(([exponent, ulps]) => beside(2 ** exponent, ulps)),
);

test("a power of two is the last value of its bucket, at every scale", () => {
  for (let scale = -10; scale <= 20; scale++) {
    for (let exponent = -1022; exponent <= 1023; exponent++) {
      const expected = scale > 0 ? exponent * 2 ** scale - 1 : (exponent - 1) >> -scale;
      expect(bucketIndexOf(2 ** exponent, scale)).toBe(expected);
    }
  }
});

test("a value is in its bucket by exact arithmetic, or at most one beside it within rounding", () => {
  fc.assert(
    fc.property(values, fc.integer({ min: -10, max: 6 }), (value, scale) => {
      const index = bucketIndexOf(value, scale);
      const isExact = isInBucket(value, index, scale);
      expect(isExact || distanceToPowerOfTwo(value) < 1e-12).toBe(true);
      expect(isExact || isInBucket(value, index - 1, scale) || isInBucket(value, index + 1, scale)).toBe(
        true,
      );
    }),
    { numRuns: runs(2_000) },
  );
});

test("at each scale with a table, values beside every boundary have the logarithm's index", () => {
  for (let scale = 1; scale <= 8; scale++) {
    const nearby = Array.from({ length: 2 ** scale }, (_, index) => index).flatMap((index) =>
      [-1022, -300, -1, 0, 1, 40, 1022].flatMap((exponent) =>
        [-1000, -2, -1, 1, 2, 1000].map((ulps) => beside(2 ** (exponent + index / 2 ** scale), ulps)),
      ),
    );
    const normal = nearby.filter((value) => value >= MIN_NORMAL);
    expect(normal.map((value) => bucketIndexOf(value, scale))).toEqual(
      normal.map((value) => byLogarithm(value, scale)),
    );
  }
});

test("a bucket of a coarser scale consists of whole buckets of the finer one", () => {
  fc.assert(
    fc.property(values, scales, fc.nat(30), (value, scale, steps) => {
      const coarser = Math.max(-10, scale - steps);
      const shifted = bucketIndexOf(value, scale) >> (scale - coarser);
      // Values within rounding of a boundary may be on its other side at one scale only.
      const off = Math.abs(bucketIndexOf(value, coarser) - shifted);
      expect(off).toBeLessThanOrEqual(distanceToPowerOfTwo(value) < 1e-9 ? 1 : 0);
    }),
  );
});

test("a greater value is never in a lower bucket", () => {
  fc.assert(
    fc.property(values, values, scales, (a, b, scale) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      // Beside a power of two, at the end of the tables, rounding may swap neighbours by one.
      const slack = distanceToPowerOfTwo(low) < 1e-12 || distanceToPowerOfTwo(high) < 1e-12 ? 1 : 0;
      expect(bucketIndexOf(low, scale)).toBeLessThanOrEqual(bucketIndexOf(high, scale) + slack);
    }),
  );
});

test("the extremes of doubles have buckets, and subnormal ones count as the least normal one", () => {
  for (let scale = -10; scale <= 20; scale++) {
    const highest = scale > 0 ? 1024 * 2 ** scale - 1 : 1023 >> -scale;
    expect(bucketIndexOf(Number.MAX_VALUE, scale)).toBe(highest);
    for (const tiny of [Number.MIN_VALUE, 1e-320, 1e-308, beside(MIN_NORMAL, -1)])
      expect(bucketIndexOf(tiny, scale)).toBe(bucketIndexOf(MIN_NORMAL, scale));
  }
});

test("a bucket's bounds are powers of the base, or the nearest double", () => {
  expect(lowerBoundOf(0, 3)).toBe(1);
  expect(lowerBoundOf(8, 3)).toBe(2);
  expect(lowerBoundOf(4, 3)).toBe(Math.SQRT2);
  expect(lowerBoundOf(-1, -1)).toBe(0.25);
  expect(lowerBoundOf(1024, 0)).toBe(Number.MAX_VALUE);
  expect(lowerBoundOf(-2, -10)).toBe(0);
});

/** Whether `base ** index < value <= base ** (index + 1)`, in whole numbers. */
function isInBucket(value: number, index: number, scale: number): boolean {
  return comparedToBound(value, index, scale) > 0 && comparedToBound(value, index + 1, scale) <= 0;
}

// With value = m * 2 ** e and base = 2 ** (1 / n): value against base ** index is m ** n against 2 ** (index - e * n).
function comparedToBound(value: number, index: number, scale: number): number {
  const e = Math.floor(Math.log2(value)) - 54;
  const m = BigInt(value * 2 ** Math.min(1000, -e) * 2 ** Math.max(0, -e - 1000));
  const [power, exponent] = scale >= 0 ? [2 ** scale, index - e * 2 ** scale] : [1, index * 2 ** -scale - e];
  const left = m ** BigInt(power) * 2n ** BigInt(Math.max(0, -exponent));
  const right = 2n ** BigInt(Math.max(0, exponent));
  return left > right ? 1 : left < right ? -1 : 0;
}

function byLogarithm(value: number, scale: number): number {
  return Math.min(Math.floor(Math.log(value) * (Math.LOG2E * 2 ** scale)), 1024 * 2 ** scale - 1);
}

/** The double that is `ulps` doubles above `value`. */
function beside(value: number, ulps: number): number {
  const bits = new BigInt64Array(new Float64Array([value]).buffer);
  bits[0]! += BigInt(ulps);
  return new Float64Array(bits.buffer)[0]!;
}

function distanceToPowerOfTwo(value: number): number {
  const power = 2 ** Math.round(Math.log2(value));
  return Math.abs(value / power - 1);
}
