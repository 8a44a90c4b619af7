// Addition of histogram buckets, and quantiles.
import { areEqual } from "../comparison.ts";
import { type Extremes, greatestIn, leastIn, NO_EXTREMES, widerExtremes } from "../store/histogram-cells.ts";

/** Cumulative counts of the values up to each bound. */
export interface Counts {
  readonly bounds: ArrayLike<number>;
  /** One count per bound, then the count of all values. */
  readonly cumulative: Float64Array;
}

/**
 * Counts with sum, minimum and maximum of the values. The extremes are `NO_EXTREMES` without values, NaN if unknown.
 */
export interface Buckets extends Counts, Extremes {
  /** NaN if unknown. */
  readonly sum: number;
}

/** The range of the counted values, from their buckets and the recorded extremes. */
export function rangeOf(bounds: ArrayLike<number>, cumulative: Float64Array, extremes: Extremes): Extremes {
  const total = cumulative.at(-1) ?? 0;
  if (!(total > 0)) return NO_EXTREMES;
  const lowest = cumulative.findIndex((count) => count > 0);
  const highest = cumulative.findIndex((count) => count >= total);
  return { min: leastIn(bounds, lowest, extremes), max: greatestIn(bounds, highest, extremes) };
}

/** Adds two histograms. If their bounds differ, each count is placed right below its own bound. */
export function addedBuckets(left: Buckets, right: Buckets): Buckets {
  const others = { sum: left.sum + right.sum, ...widerExtremes(left, right) };
  if (areEqual(left.bounds, right.bounds)) {
    const cumulative = left.cumulative.map((count, i) => count + right.cumulative[i]!);
    return { bounds: left.bounds, cumulative, ...others };
  }
  const bounds = [...new Set([...Array.from(left.bounds), ...Array.from(right.bounds)])].toSorted(
    (a, b) => a - b,
  );
  const [ofLeft, ofRight] = [cumulativeAt(left, bounds), cumulativeAt(right, bounds)];
  return { bounds, cumulative: ofLeft.map((count, i) => count + ofRight[i]!), ...others };
}

/** Cumulative counts at other bounds, each taken from the next known bound below, then the count of all values. */
export function cumulativeAt({ bounds, cumulative }: Counts, others: ArrayLike<number>): Float64Array {
  const counts = new Float64Array(others.length + 1);
  let below = 0;
  for (let i = 0; i < others.length; i++) {
    while (below < bounds.length && bounds[below]! <= others[i]!) below++;
    counts[i] = below === 0 ? 0 : cumulative[below - 1]!;
  }
  counts[others.length] = cumulative.at(-1) ?? 0;
  return counts;
}
