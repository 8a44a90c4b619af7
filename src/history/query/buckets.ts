// Counts by bucket, added up and asked for quantiles.
import { areEqual } from "../grouped.ts";
import { type Extremes, greatestIn, leastIn, NO_EXTREMES, widerExtremes } from "../store/histogram-cells.ts";

/** Cumulative counts of the values up to each bound. */
export interface Counts {
  readonly bounds: ArrayLike<number>;
  /** For each bound, then for all values. */
  readonly cumulative: Float64Array;
}

/** Counts, and the sum, min and max of the values: `NO_EXTREMES` if there are no values, NaN if unknown. */
export interface Buckets extends Counts, Extremes {
  /** NaN if unknown. */
  readonly sum: number;
}

/** The range of the counted values, by their buckets and the recorded extremes. */
export function rangeOf(bounds: ArrayLike<number>, cumulative: Float64Array, extremes: Extremes): Extremes {
  const total = cumulative.at(-1) ?? 0;
  if (!(total > 0)) return NO_EXTREMES;
  const lowest = cumulative.findIndex((count) => count > 0);
  const highest = cumulative.findIndex((count) => count >= total);
  return { min: leastIn(bounds, lowest, extremes), max: greatestIn(bounds, highest, extremes) };
}

/** The sum of both. If bounds differ, each count is taken to lie right below its own bound. */
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

/** The counts at other bounds: each that of the next known bound below; then of all values. */
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

/** As Prometheus' `histogram_quantile`: values are spread evenly in each bucket. NaN without values. */
export function bucketQuantile(quantile: number, { bounds, cumulative }: Counts): number {
  const total = cumulative.at(-1) ?? 0;
  if (!(total > 0) || bounds.length === 0) return Number.NaN;
  // Each bucket's rise is extrapolated for itself: a lower one may end a little above the next.
  const rank = Math.max(quantile * total, Number.MIN_VALUE);
  let below = 0;
  for (let i = 0; i < bounds.length; i++) {
    const count = Math.max(cumulative[i]!, below);
    if (count >= rank) {
      const upper = bounds[i]!;
      if (i === 0 && upper <= 0) return upper;
      const lower = i === 0 ? 0 : bounds[i - 1]!;
      return lower + (upper - lower) * ((rank - below) / (count - below));
    }
    below = count;
  }
  return bounds[bounds.length - 1]!;
}
