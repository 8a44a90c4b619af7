// Rank correlation of the steps of two series.

/** Steps between neighbouring cells, as ranks with a mean of 0. */
export interface Steps {
  /** NaN if a cell or the one before is empty. */
  readonly ranks: Float64Array;
  /** Autocorrelation of the ranks by distance, from 1 on. */
  readonly autocorrelation: Float64Array;
  /** Number of steps without those of the most frequent size. */
  readonly distinct: number;
}

/** Rank correlation of two series. */
export interface Coefficient {
  /** From -1 to 1; NaN if it has no meaning. */
  readonly coefficient: number;
  /** Standard deviation of the coefficient of two series with these autocorrelations that do not depend on each other. */
  readonly deviation: number;
}

const MIN_STEPS = 20;
// Steps of neighbouring cells depend on each other; beyond this distance they hardly do.
const LAGS = 10;

/** Steps of a column, whose cells without a value are NaN. */
export function stepsOf(column: Float64Array): Steps {
  const steps = column.map((value, i) => (i === 0 ? Number.NaN : value - column[i - 1]!));
  const { ranks, distinct } = centredRanks(steps);
  const variance = sumOfProducts(ranks, ranks, 0);
  const autocorrelation = Float64Array.from({ length: LAGS }, (_, i) =>
    variance > 0 ? sumOfProducts(ranks, ranks, i + 1) / variance : 0,
  );
  return { ranks, autocorrelation, distinct };
}

/** Compares two series of one grid. NaN with less than 20 steps in common, or less than 20 that are not the usual one. */
export function coefficientOf(left: Steps, right: Steps): Coefficient {
  let [count, squares, otherSquares, products] = [0, 0, 0, 0];
  for (let i = 0; i < left.ranks.length; i++) {
    const [rank, other] = [left.ranks[i]!, right.ranks[i]!];
    if (Number.isNaN(rank) || Number.isNaN(other)) continue;
    count++;
    squares += rank * rank;
    otherSquares += other * other;
    products += rank * other;
  }
  const isEnough =
    Math.min(count, left.distinct, right.distinct) >= MIN_STEPS && squares > 0 && otherSquares > 0;
  if (!isEnough) return { coefficient: Number.NaN, deviation: Number.NaN };
  // Bartlett's variance of the correlation of two independent processes.
  let factor = 1;
  for (let lag = 0; lag < LAGS; lag++) factor += 2 * left.autocorrelation[lag]! * right.autocorrelation[lag]!;
  return {
    coefficient: products / Math.sqrt(squares * otherSquares),
    deviation: Math.sqrt(Math.max(factor, 1) / count),
  };
}

/** Ranks of the values that are not NaN, minus their mean. Equal values share the mean of their ranks. */
function centredRanks(values: Float64Array): Pick<Steps, "ranks" | "distinct"> {
  const order = Array.from(values.keys(), (i) => i)
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
  return { ranks, distinct: order.length - (longest > 1 ? longest : 0) };
}

function sumOfProducts(left: Float64Array, right: Float64Array, lag: number): number {
  let sum = 0;
  for (let i = lag; i < left.length; i++) {
    const product = left[i - lag]! * right[i]!;
    if (!Number.isNaN(product)) sum += product;
  }
  return sum;
}
