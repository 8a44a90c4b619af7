import { QueryError } from "../query-error.ts";
import type { FloatWindow } from "./float-window.ts";
import { KahanSum } from "./kahan-sum.ts";

/** `deriv`: slope of the least-squares line, per second. */
export function slope(window: FloatWindow): number {
  return leastSquares(window, window.times[window.first]!).slope;
}

/** `predict_linear`: value of the least-squares line some seconds after the time of evaluation. */
export function prediction(window: FloatWindow): number {
  const [seconds = Number.NaN] = window.args;
  const line = leastSquares(window, window.time);
  return line.slope * seconds + line.intercept;
}

/** `double_exponential_smoothing`, formerly `holt_winters`. */
export function doubleExponentialSmoothing({ values, first, end, args }: FloatWindow): number {
  const [smoothing = Number.NaN, trend = Number.NaN] = args;
  let before = 0;
  let smoothed = values[first]!;
  let slopeNow = values[first + 1]! - smoothed;
  for (let i = first + 1; i < end; i++) {
    if (i > first + 1) slopeNow = trend * (smoothed - before) + (1 - trend) * slopeNow;
    const next = smoothing * values[i]! + (1 - smoothing) * (smoothed + slopeNow);
    before = smoothed;
    smoothed = next;
  }
  return smoothed;
}

/** Throws if a factor of `double_exponential_smoothing` is not between 0 and 1. */
export function assertFactors([smoothing = Number.NaN, trend = Number.NaN]: readonly number[]): void {
  assertFactor("smoothing", smoothing);
  assertFactor("trend", trend);
}

/** Line through the samples; `intercept` is its value at `origin`, in Unix milliseconds. */
function leastSquares(
  { times, values, first, end }: FloatWindow,
  origin: number,
): { readonly slope: number; readonly intercept: number } {
  const initial = values[first]!;
  const [xs, ys, products, squares] = [new KahanSum(), new KahanSum(), new KahanSum(), new KahanSum()];
  let isConstant = true;
  for (let i = first; i < end; i++) {
    const [x, y] = [(times[i]! - origin) / 1_000, values[i]!];
    if (i > first && y !== initial) isConstant = false;
    xs.add(x);
    ys.add(y);
    products.add(x * y);
    squares.add(x * x);
  }
  if (isConstant) {
    const isInfinite = Math.abs(initial) === Infinity;
    return isInfinite ? { slope: Number.NaN, intercept: Number.NaN } : { slope: 0, intercept: initial };
  }
  const count = end - first;
  const [sumX, sumY] = [xs.value, ys.value];
  const covariance = products.value - (sumX * sumY) / count;
  const variance = squares.value - (sumX * sumX) / count;
  const found = covariance / variance;
  return { slope: found, intercept: sumY / count - (found * sumX) / count };
}

function assertFactor(name: string, factor: number): void {
  if (factor <= 0 || factor >= 1)
    throw new QueryError(
      "execution",
      `invalid ${name} factor. Expected: 0 < ${name === "smoothing" ? "sf" : "tf"} < 1, got: ${factor.toFixed(6)}`,
    );
}
