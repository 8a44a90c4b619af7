/**
 * Quantiles of histograms, which tests compare with those of the values themselves.
 *
 * The `q`-quantile of n values is the one at rank `ceil(q * n)` in increasing order, at least the first. A histogram
 * identifies only the bucket of that value, and the estimate lies in that bucket.
 */
import type { ExponentialHistogram, Histogram } from "@opentelemetry/sdk-metrics";

/** Estimate of a quantile, with its bounds. */
export interface QuantileEstimate {
  /** Estimate, from `lower` to `upper`. */
  readonly value: number;
  /** Inclusive lower bound of the quantile. */
  readonly lower: number;
  /** Inclusive upper bound of the quantile. */
  readonly upper: number;
}

interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/**
 * The `q`-quantile of a histogram with fixed boundaries; `undefined` if it is empty.
 *
 * It is bounded by its bucket, and by min and max if they are known. Without those, the outermost buckets have only
 * one bound, which is the estimate. Values in a bucket are assumed to be evenly spread. Throws a `RangeError` for a
 * `q` not from 0 to 1.
 */
export function quantileOf(histogram: Histogram, q: number): QuantileEstimate | undefined {
  const { boundaries, counts } = histogram.buckets;
  const buckets = counts.map((count, i) => ({
    lower: boundaries[i - 1] ?? -Infinity,
    upper: boundaries[i] ?? Infinity,
    count,
  }));
  return estimate(histogram, buckets, q, evenly);
}

/**
 * The `q`-quantile of an exponential histogram; `undefined` if it is empty.
 *
 * It is bounded by its bucket, and by min and max if they are known. The relative error of the estimate is at most
 * {@link relativeErrorOf} the scale, except for subnormal values. Throws a `RangeError` for a `q` not from 0 to 1.
 */
export function exponentialQuantileOf(
  histogram: ExponentialHistogram,
  q: number,
): QuantileEstimate | undefined {
  const { negative, positive, scale, zeroCount } = histogram;
  const positives = positive.bucketCounts.map((count, i) => ({
    lower: lowerBoundOf(positive.offset + i, scale),
    upper: lowerBoundOf(positive.offset + i + 1, scale),
    count,
  }));
  const negatives = negative.bucketCounts.map((count, i) => ({
    lower: -lowerBoundOf(negative.offset + i + 1, scale),
    upper: -lowerBoundOf(negative.offset + i, scale),
    count,
  }));
  const zeros = { lower: 0, upper: 0, count: zeroCount };
  return estimate(histogram, [...negatives.toReversed(), zeros, ...positives], q, halfway);
}

/**
 * The greatest relative error of an estimate at a scale: `(base - 1) / (base + 1)`, half of a bucket's width by its
 * middle.
 *
 * It is 1.1 % at scale 5 and 4.3 % at scale 3.
 */
export function relativeErrorOf(scale: number): number {
  // As a hyperbolic tangent it neither overflows at coarse scales nor loses digits at fine ones.
  return Math.tanh((Math.LN2 / 2) * 2 ** -scale);
}

/**
 * The exclusive lower bound of bucket `index`, which is the inclusive upper bound of the one before. If no double can
 * represent it, it is the nearest: 0 or `Number.MAX_VALUE`.
 */
export function lowerBoundOf(index: number, scale: number): number {
  return Math.min(2 ** (index * 2 ** -scale), Number.MAX_VALUE);
}

function estimate(
  { count, min, max }: { readonly count: number; readonly min?: number; readonly max?: number },
  buckets: readonly Bucket[],
  q: number,
  within: (bucket: Bucket, share: number) => number,
): QuantileEstimate | undefined {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`quantile: ${q} is not from 0 to 1; give 0.95 for 95 %`);
  if (count === 0) return undefined;
  const rank = Math.max(1, Math.ceil(q * count));
  if (rank === 1 && min !== undefined) return exactly(min);
  if (rank === count && max !== undefined) return exactly(max);
  let below = 0;
  let bucket = buckets[0]!;
  for (bucket of buckets) {
    if (below + bucket.count >= rank) break;
    below += bucket.count;
  }
  const lower = Math.max(bucket.lower, min ?? -Infinity);
  const upper = Math.min(bucket.upper, max ?? Infinity);
  const value = within({ lower, upper, count: bucket.count }, (rank - below) / bucket.count);
  return { value: Math.min(Math.max(value, lower), upper), lower, upper };
}

function exactly(value: number): QuantileEstimate {
  return { value, lower: value, upper: value };
}

function evenly({ lower, upper }: Bucket, share: number): number {
  if (lower === -Infinity) return upper === Infinity ? 0 : upper;
  return upper === Infinity ? lower : lower + (upper - lower) * share;
}

// The harmonic mean of the bounds has the least relative error: it is the same at both bounds.
function halfway({ lower, upper }: Bucket): number {
  if (lower === 0 || upper === 0) return 0;
  return lower * (2 / (1 + lower / upper));
}
