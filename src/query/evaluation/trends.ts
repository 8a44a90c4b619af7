import { QueryError } from "../query-error.ts";
import type { FloatWindow } from "./float-window.ts";
import { KahanSum } from "../../engine/aggregation/kahan-sum.ts";
import { type FoldedFunction, folded, type WindowFold } from "./window-fold.ts";

/** Least-squares line through the samples. Its origin is a time in Unix milliseconds. */
class Line implements WindowFold {
  readonly #originOf: (window: FloatWindow) => number;
  readonly #resultOf: (line: { slope: number; intercept: number }, window: FloatWindow) => number;
  #origin = 0;
  #initial = 0;
  #isConstant = true;
  #sums: readonly [xs: KahanSum, ys: KahanSum, products: KahanSum, squares: KahanSum] = newSums();

  constructor(
    originOf: (window: FloatWindow) => number,
    resultOf: (line: { slope: number; intercept: number }, window: FloatWindow) => number,
  ) {
    this.#originOf = originOf;
    this.#resultOf = resultOf;
  }

  begin(window: FloatWindow): void {
    this.#origin = this.#originOf(window);
    this.#initial = window.values[window.first]!;
    this.#isConstant = true;
    this.#sums = newSums();
  }

  add({ times, values, first }: FloatWindow, from: number, end: number): void {
    const [xs, ys, products, squares] = this.#sums;
    const [origin, initial] = [this.#origin, this.#initial];
    for (let i = from; i < end; i++) {
      const [x, y] = [(times[i]! - origin) / 1_000, values[i]!];
      if (i > first && y !== initial) this.#isConstant = false;
      xs.add(x);
      ys.add(y);
      products.add(x * y);
      squares.add(x * x);
    }
  }

  result(window: FloatWindow): number {
    return this.#resultOf(this.#line(window), window);
  }

  #line({ first, end }: FloatWindow): { slope: number; intercept: number } {
    const initial = this.#initial;
    if (this.#isConstant) {
      const isInfinite = Math.abs(initial) === Infinity;
      return isInfinite ? { slope: Number.NaN, intercept: Number.NaN } : { slope: 0, intercept: initial };
    }
    const [xs, ys, products, squares] = this.#sums;
    const count = end - first;
    const [sumX, sumY] = [xs.value, ys.value];
    const covariance = products.value - (sumX * sumY) / count;
    const variance = squares.value - (sumX * sumX) / count;
    const found = covariance / variance;
    return { slope: found, intercept: sumY / count - (found * sumX) / count };
  }
}

class Smoothing implements WindowFold {
  #before = 0;
  #smoothed = 0;
  #slope = 0;

  begin({ values, first }: FloatWindow): void {
    this.#before = 0;
    this.#smoothed = values[first]!;
    this.#slope = values[first + 1]! - this.#smoothed;
  }

  add({ values, first, args }: FloatWindow, from: number, end: number): void {
    const [smoothing = Number.NaN, trend = Number.NaN] = args;
    let [before, smoothed, slopeNow] = [this.#before, this.#smoothed, this.#slope];
    for (let i = Math.max(from, first + 1); i < end; i++) {
      if (i > first + 1) slopeNow = trend * (smoothed - before) + (1 - trend) * slopeNow;
      const next = smoothing * values[i]! + (1 - smoothing) * (smoothed + slopeNow);
      before = smoothed;
      smoothed = next;
    }
    this.#before = before;
    this.#smoothed = smoothed;
    this.#slope = slopeNow;
  }

  result(): number {
    return this.#smoothed;
  }
}

/** `deriv`: slope of the least-squares line, per second. */
export const slope: FoldedFunction = folded(
  () =>
    new Line(
      ({ times, first }) => times[first]!,
      (line) => line.slope,
    ),
);

/** `predict_linear`: value of the least-squares line some seconds after the time of evaluation. */
export const prediction: FoldedFunction = folded(
  () =>
    new Line(
      ({ time }) => time,
      (line, { args: [seconds = Number.NaN] }) => line.slope * seconds + line.intercept,
    ),
);

/** `double_exponential_smoothing`, formerly `holt_winters`. */
export const doubleExponentialSmoothing: FoldedFunction = folded(() => new Smoothing());

/** Throws if a factor of `double_exponential_smoothing` is not between 0 and 1. */
export function assertFactors([smoothing = Number.NaN, trend = Number.NaN]: readonly number[]): void {
  assertFactor("smoothing", smoothing);
  assertFactor("trend", trend);
}

function newSums(): readonly [KahanSum, KahanSum, KahanSum, KahanSum] {
  return [new KahanSum(), new KahanSum(), new KahanSum(), new KahanSum()];
}

function assertFactor(name: string, factor: number): void {
  if (factor <= 0 || factor >= 1)
    throw new QueryError(
      "execution",
      `invalid ${name} factor. Expected: 0 < ${name === "smoothing" ? "sf" : "tf"} < 1, got: ${factor.toFixed(6)}`,
    );
}
