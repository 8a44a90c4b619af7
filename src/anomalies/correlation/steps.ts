// Rank correlation of the steps of two series.
import { isRounding, withoutRounding } from "../../history/analysis/rounding.ts";

/** Steps between neighbouring cells. */
export interface Steps {
  /** NaN if a cell or the one before is empty. */
  readonly sizes: Float64Array;
  readonly ranked: Ranked;
}

/** Steps as ranks with a mean of 0. */
interface Ranked {
  readonly ranks: Float64Array;
  /** Autocorrelation of the ranks by distance, from 1 on. */
  readonly autocorrelation: Float64Array;
  readonly count: number;
  /** Number of steps without those of the most frequent size. */
  readonly distinct: number;
}

/** Rank correlation of two series. */
export interface Coefficient {
  /** From -1 to 1; NaN if it has no meaning. */
  readonly coefficient: number;
  /** Standard deviation of the coefficient of two such series that do not depend on each other. */
  readonly deviation: number;
}

const MIN_STEPS = 20;
// Steps of neighbouring cells depend on each other; beyond this distance they hardly do.
const LAGS = 10;

/** Steps of a column, whose cells without a value are NaN. */
export function stepsOf(column: Float64Array): Steps {
  const values = withoutRounding(column);
  let largest = 0;
  for (const value of values) if (Math.abs(value) > largest) largest = Math.abs(value);
  const sizes = values.map((value, i) => {
    const step = i === 0 ? Number.NaN : value - values[i - 1]!;
    // A small step beside a large value is a rounding error of a sum.
    return isRounding(largest, largest + step) ? 0 : step;
  });
  return { sizes, ranked: rankedOf(sizes) };
}

/**
 * Compares the steps that two series of one grid have in common. NaN if fewer than 20 of either are not of its usual size.
 */
export function coefficientOf(left: Steps, right: Steps): Coefficient {
  const [one, other] = inCommon(left, right);
  const isEnough = Math.min(one.distinct, other.distinct) >= MIN_STEPS;
  if (!isEnough) return { coefficient: Number.NaN, deviation: Number.NaN };
  let [squares, otherSquares, products, squaredProducts] = [0, 0, 0, 0];
  for (let i = 0; i < one.ranks.length; i++) {
    const product = one.ranks[i]! * other.ranks[i]!;
    if (Number.isNaN(product)) continue;
    squares += one.ranks[i]! ** 2;
    otherSquares += other.ranks[i]! ** 2;
    products += product;
    squaredProducts += product ** 2;
  }
  // Bartlett's variance of the correlation of two independent processes.
  let factor = 1;
  for (let lag = 0; lag < LAGS; lag++) factor += 2 * one.autocorrelation[lag]! * other.autocorrelation[lag]!;
  // Series that only move at the same moments have fewer steps that count.
  const share = Math.max(1 / one.count, squaredProducts / (squares * otherSquares));
  return {
    coefficient: products / Math.sqrt(squares * otherSquares),
    deviation: Math.sqrt(Math.max(factor, 1) * share),
  };
}

// Ranks of the common steps. Usually those are all steps.
function inCommon(left: Steps, right: Steps): readonly [Ranked, Ranked] {
  let count = 0;
  for (let i = 0; i < left.sizes.length; i++) if (!Number.isNaN(left.sizes[i]! + right.sizes[i]!)) count++;
  const within = ({ sizes, ranked }: Steps, other: Steps): Ranked =>
    ranked.count === count
      ? ranked
      : rankedOf(sizes.map((size, i) => (Number.isNaN(other.sizes[i]!) ? Number.NaN : size)));
  return [within(left, right), within(right, left)];
}

/** Ranks of the values that are not NaN, minus their mean. Equal values share the mean of their ranks. */
function rankedOf(values: Float64Array): Ranked {
  const order = Array.from(values.keys())
    .filter((i) => !Number.isNaN(values[i]!))
    .toSorted((left, right) => values[left]! - values[right]!);
  const ranks = new Float64Array(values.length).fill(Number.NaN);
  const centre = (order.length - 1) / 2;
  let longest = 0;
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + end - 1) / 2 - centre;
    longest = Math.max(longest, end - start);
  }
  const variance = sumOfProducts(ranks, 0);
  const autocorrelation = Float64Array.from({ length: LAGS }, (_, i) =>
    variance > 0 ? sumOfProducts(ranks, i + 1) / variance : 0,
  );
  const distinct = order.length - (longest > 1 ? longest : 0);
  return { ranks, autocorrelation, count: order.length, distinct };
}

function sumOfProducts(ranks: Float64Array, lag: number): number {
  let sum = 0;
  for (let i = lag; i < ranks.length; i++) {
    const product = ranks[i - lag]! * ranks[i]!;
    if (!Number.isNaN(product)) sum += product;
  }
  return sum;
}
