import { expect, test } from "vitest";
import { HistogramRise } from "../../../src/history/query/histogram-rise.ts";

const fine = Float64Array.of(1, 2, 4, 8);
const coarse = Float64Array.of(1, 4);

// The window ends where the points do, and counters were nowhere near 0: nothing is extrapolated but the first 10 s.
const start = 0;
const end = 30;

function row(sum: number, ...counts: readonly number[]): Float64Array {
  return Float64Array.of(sum, ...counts);
}

test("where bounds become coarser, what lies between the bounds that all points have is told", () => {
  const rise = new HistogramRise();
  rise.point(10, fine, row(100, 10, 10, 10, 10, 10), false);
  rise.point(20, fine, row(110, 11, 12, 13, 14, 15), false);
  rise.point(30, coarse, row(130, 12, 26, 31), false);
  const measured = rise.take(start, end);
  // 2 up to 1, 6 more up to 4, 11 above, in 20 s of 30.
  expect(measured).toEqual({
    bounds: [1, 4],
    cumulative: Float64Array.of(3, 12, 28.5),
    sum: 45,
  });
});

test("where bounds become finer, too, and the next window has them all", () => {
  const rise = new HistogramRise();
  rise.point(10, coarse, row(100, 10, 20, 20), false);
  rise.point(30, fine, row(120, 12, 11, 13, 10, 14), false);
  expect(rise.take(start, end)).toEqual({
    bounds: coarse,
    cumulative: Float64Array.of(3, 9, 15),
    sum: 30,
  });
  rise.point(40, fine, row(120, 12, 11, 13, 10, 14), false);
  rise.point(50, fine, row(121, 12, 12, 13, 10, 14), false);
  expect(rise.take(30, 50)).toMatchObject({ cumulative: Float64Array.of(0, 2, 2, 2, 2), sum: 2 });
});

test("a window with one point tells nothing", () => {
  const rise = new HistogramRise();
  expect(rise.take(start, end)).toBeUndefined();
  rise.point(10, coarse, row(1, 1, 0, 0), false);
  expect(rise.take(start, end)).toBeUndefined();
});
