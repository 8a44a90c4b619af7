// `histogram_quantile` of native histograms.
import { annotations, type Reporter } from "../annotations.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { hasCustomBuckets } from "./bucket-bounds.ts";
import { type Bucket, bucketAt, countAt, narrowZeroBucket, placesOf } from "./buckets.ts";

/**
 * Estimate of a quantile: exponential interpolation within a bucket of a standard schema, linear interpolation within
 * custom buckets and the zero bucket. `-Infinity` for a quantile below 0, `Infinity` above 1, NaN without observations.
 */
export function quantile(q: number, histogram: NativeHistogram, reporter: Reporter): number {
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  if (histogram.count === 0 || Number.isNaN(q)) return NaN;
  const hasNaN = Number.isNaN(histogram.sum);
  // Observations of NaN count as the highest ones, but are in no bucket: only the way from the bottom is right with them.
  const isAscending = hasNaN || q < 0.5;
  const rank = (isAscending ? q : 1 - q) * histogram.count;
  const { place, count } = reach(rank, isAscending, histogram);
  const bucket = place === undefined ? EMPTY : bucketAt(histogram, place);
  const end = customEnd(bucket, histogram);
  if (end !== undefined) return end;
  if (!hasCustomBuckets(histogram) && bucket.lower < 0 && bucket.upper > 0)
    narrowZeroBucket(bucket, histogram);
  const reached = Math.min(count, histogram.count);
  if (reached < rank) {
    if (!hasNaN) return bucket.upper;
    reporter.annotate(annotations.quantileIsNaN());
    return NaN;
  }
  const within = isAscending ? rank - (reached - bucket.count) : reached - rank;
  if (!hasNaN) return interpolated(bucket, within / bucket.count, histogram);
  if (bucketTotal(histogram) < histogram.count) reporter.annotate(annotations.quantileIsSkewed());
  // As in Prometheus: with a sum of NaN, the place within the bucket is applied to the highest bucket.
  const last = lastPopulated(histogram);
  const highest = last === place || last === undefined ? bucket : bucketAt(histogram, last);
  return interpolated(highest, within / highest.count, histogram);
}

const EMPTY: Bucket = { lower: 0, upper: 0, count: 0, includesLower: false, includesUpper: false };

// The populated bucket at which the running count reaches a rank, and that count. The last bucket of the row otherwise.
function reach(
  rank: number,
  isAscending: boolean,
  histogram: NativeHistogram,
): { readonly place: number | undefined; readonly count: number } {
  const places = placesOf(histogram);
  let place: number | undefined;
  let count = 0;
  let isReached = false;
  for (let i = 0; i < places && !isReached; i++) {
    const next = isAscending ? i : places - 1 - i;
    // Without a positive count, there is no zero bucket.
    if (next === histogram.negative.counts.length && !(histogram.zeroCount > 0)) continue;
    place = next;
    count += countAt(histogram, next);
    isReached = count >= rank && countAt(histogram, next) !== 0;
  }
  return { place, count };
}

// The result for a custom bucket without a finite bound; sets the lower bound of the first one to 0 if 0 is within.
function customEnd(bucket: Bucket, histogram: NativeHistogram): number | undefined {
  if (!hasCustomBuckets(histogram)) return undefined;
  if (bucket.lower === -Infinity) {
    if (bucket.upper <= 0) return bucket.upper;
    bucket.lower = 0;
    return undefined;
  }
  return bucket.upper === Infinity ? bucket.lower : undefined;
}

function bucketTotal(histogram: NativeHistogram): number {
  let total = 0;
  for (let place = 0; place < placesOf(histogram); place++) total += countAt(histogram, place);
  return total;
}

function lastPopulated(histogram: NativeHistogram): number | undefined {
  for (let place = placesOf(histogram) - 1; place >= 0; place--)
    if (countAt(histogram, place) !== 0) return place;
  return undefined;
}

function interpolated({ lower, upper }: Bucket, fraction: number, histogram: NativeHistogram): number {
  if (hasCustomBuckets(histogram) || (lower <= 0 && upper >= 0)) return lower + (upper - lower) * fraction;
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  return lower > 0
    ? 2 ** (logLower + (logUpper - logLower) * fraction)
    : -(2 ** (logUpper + (logLower - logUpper) * (1 - fraction)));
}
