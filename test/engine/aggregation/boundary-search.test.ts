import fc from "fast-check";
import { expect, test } from "vitest";
import { BoundarySearch } from "../../../src/engine/aggregation/boundary-search.ts";

const SECONDS = [0, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const MILLISECONDS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];
const BYTES = [1_024, 2 ** 20, 2 ** 30, 2 ** 31, 2 ** 32, 2 ** 40];

const powers = (first: number, factor: number, length: number) =>
  Array.from({ length }, (_, i) => first * factor ** i);

// At most two boundaries between powers of two, as usual; sometimes more of them.
const growing = fc
  .record({
    first: fc.double({ min: 2 ** -40, max: 2 ** 33, noNaN: true }),
    factor: fc.double({ min: 1.05, max: 20, noNaN: true }),
    length: fc.integer({ min: 0, max: 40 }),
  })
  .map(({ first, factor, length }) => powers(first, factor, length))
  .filter((boundaries) => boundaries.every((boundary) => Number.isFinite(boundary)));

function neighbours(value: number): number[] {
  const distance = Math.abs(value) * Number.EPSILON + Number.MIN_VALUE;
  return [value - distance, value, value + distance];
}

/** The values that are not in the bucket of their boundaries. */
function misplaced(boundaries: readonly number[], others: readonly number[]): number[] {
  const search = new BoundarySearch(boundaries);
  const limits = [0, -0, -1, 1, Number.MIN_VALUE, Number.MAX_VALUE, 2 ** 31, 2 ** 32, -(2 ** 31) - 1];
  return [...boundaries, ...limits, ...others]
    .flatMap(neighbours)
    .filter((value) => Number.isFinite(value))
    .filter((value) => search.bucketOf(value) !== boundaries.filter((boundary) => boundary < value).length);
}

test.each([
  ["seconds", SECONDS],
  ["milliseconds", MILLISECONDS],
  ["bytes", BYTES],
  ["one", [1]],
  ["none", []],
  ["dense", Array.from({ length: 100 }, (_, i) => i)],
  ["negative", [-100, -10, -1, 0, 1, 10]],
  ["tiny", [Number.MIN_VALUE, 1e-300, 1e-200, 1e-100, 1e-12, 1e-11, 1e-10]],
  ["huge", [1e100, 1e200, Number.MAX_VALUE]],
])("each value is in the bucket of its boundaries: %s", (_, boundaries) => {
  expect(misplaced(boundaries, powers(2 ** -45, 1.03, 3_000))).toEqual([]);
});

test("each value is in the bucket of its boundaries: any that grow", () => {
  const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }));
  fc.assert(
    fc.property(growing, values, (boundaries, others) => {
      expect(misplaced(boundaries, others)).toEqual([]);
    }),
  );
});
