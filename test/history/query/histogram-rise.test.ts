import { expect, test } from "vitest";
import { type HistogramPoint, HistogramRise } from "../../../src/history/query/histogram-rise.ts";
import { type Extremes, UNKNOWN_EXTREMES } from "../../../src/history/store/histogram-cells.ts";

const fine = Float64Array.of(1, 2, 4, 8);
const coarse = Float64Array.of(1, 4);

function row(sum: number, ...counts: readonly number[]): Float64Array {
  return Float64Array.of(sum, ...counts);
}

function point(
  bounds: Float64Array,
  cells: Float64Array,
  extremes: Extremes = UNKNOWN_EXTREMES,
): HistogramPoint {
  return { bounds, row: cells, extremes };
}

test("if bounds become coarser, the increase has the bounds common to all points", () => {
  const rise = new HistogramRise();
  rise.point(point(fine, row(100, 10, 10, 10, 10, 10)), false);
  rise.point(point(fine, row(110, 11, 12, 13, 14, 15)), false);
  rise.point(point(coarse, row(130, 12, 26, 31)), false);
  // 2 up to 1, 6 more up to 4, 11 above.
  expect(rise.take()).toEqual({ count: 19, sum: 30, min: 0, max: 4 });
});

test("if bounds become finer, so does the increase, and the next window has all bounds", () => {
  const rise = new HistogramRise();
  rise.point(point(coarse, row(100, 10, 20, 20)), false);
  rise.point(point(fine, row(120, 12, 11, 13, 10, 14)), false);
  expect(rise.take()).toEqual({ count: 10, sum: 20, min: 0, max: 4 });
  rise.point(point(fine, row(120, 12, 11, 13, 10, 14)), false);
  rise.point(point(fine, row(121, 12, 12, 13, 10, 14)), false);
  expect(rise.take()).toEqual({ count: 1, sum: 1, min: 1, max: 2 });
});

test("a reset counts in whole if the count of one bucket shows it, and the whole count has risen", () => {
  const rise = new HistogramRise();
  rise.point(point(coarse, row(100, 20, 31, 22)), false);
  rise.point(point(coarse, row(76, 24, 25, 27)), false);
  expect(rise.take()).toMatchObject({ count: 76, sum: 76 });
});

test("a window with one point has no increase", () => {
  const rise = new HistogramRise();
  expect(rise.take()).toBeUndefined();
  rise.point(point(coarse, row(1, 1, 0, 0)), false);
  expect(rise.take()).toBeUndefined();
});

test("min and max of a window are recorded values if these changed within it, else bounds", () => {
  const rise = new HistogramRise();
  const recorded = { min: 0.5, max: 9 };
  // 9 and 0.5 were recorded before the window.
  rise.point(point(fine, row(20, 1, 0, 0, 0, 1), recorded), false);
  rise.point(point(fine, row(23, 1, 0, 1, 0, 1), recorded), false);
  expect(rise.take()).toMatchObject({ min: 2, max: 4 });
  // Above the last bound, and from a new process with fewer values.
  rise.point(point(fine, row(23, 1, 0, 1, 0, 1), recorded), false);
  rise.point(point(fine, row(33, 1, 0, 1, 0, 2), { min: 0.5, max: 10 }), false);
  rise.point(point(fine, row(30, 0, 0, 0, 0, 1), { min: 30, max: 30 }), true);
  expect(rise.take()).toMatchObject({ min: 8, max: 30 });
  rise.point(point(fine, row(0, 0, 0, 0, 0, 0), { min: Infinity, max: -Infinity }), false);
  rise.point(point(fine, row(-7, 1, 0, 0, 0, 0), { min: -7, max: -7 }), false);
  expect(rise.take()).toMatchObject({ min: -7, max: -7 });
});

test("extremes recorded by another process before the window have no effect", () => {
  const bounds = Float64Array.of(1, 10);
  const rise = new HistogramRise();
  rise.point(point(bounds, row(40, 0, 0, 1), { min: 40, max: 40 }), false);
  rise.point(point(bounds, row(40.5, 1, 0, 1), { min: 0.5, max: 40 }), false);
  rise.point(point(bounds, row(12, 0, 0, 1), { min: 12, max: 12 }), true);
  rise.point(point(bounds, row(24, 0, 0, 2), { min: 12, max: 12 }), false);
  expect(rise.take()).toMatchObject({ min: 0.5, max: 12 });
  // The bounds that both points have.
  rise.point(point(fine, row(8, 0, 0, 0, 1, 0), { min: 8, max: 8 }), false);
  rise.point(point(coarse, row(3, 0, 1, 0), { min: 3, max: 3 }), true);
  rise.point(point(coarse, row(4, 1, 1, 0), { min: 1, max: 3 }), false);
  expect(rise.take()).toMatchObject({ min: 1, max: 3 });
});

test("min and max are those of increased buckets", () => {
  const bounds = Float64Array.of(1, 10);
  const rise = new HistogramRise();
  const extremes = { min: 0.5, max: 40 };
  rise.point(point(bounds, row(40, 0, 0, 1), { min: 40, max: 40 }), false);
  rise.point(point(bounds, row(40.5, 1, 0, 1), extremes), false);
  rise.point(point(bounds, row(41, 2, 0, 1), extremes), false);
  expect(rise.take()).toMatchObject({ min: 0.5, max: 1 });
});
