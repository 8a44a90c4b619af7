// `histogram_fraction` of native histograms.
import { annotations, type Reporter } from "../annotations.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { hasCustomBuckets } from "./bucket-bounds.ts";
import { type Bucket, bucketAt, countAt, narrowZeroBucket, placesOf } from "./buckets.ts";

/**
 * Estimate of the fraction of observations between two bounds, interpolated as quantiles are. NaN without observations or
 * with a bound that is NaN; 0 if the bounds are not ascending.
 */
export function fraction(
  lower: number,
  upper: number,
  histogram: NativeHistogram,
  reporter: Reporter,
): number {
  if (histogram.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return NaN;
  if (lower >= upper) return 0;
  let total = histogram.count;
  if (Number.isNaN(histogram.sum)) {
    total = 0;
    for (let place = 0; place < placesOf(histogram); place++) total += countAt(histogram, place);
    if (total < histogram.count) reporter.annotate(annotations.fractionExcludesNaN());
  }
  const belowUpper = Math.min(countBelow(upper, histogram) ?? total, total);
  const belowLower = Math.min(countBelow(lower, histogram) ?? total, total);
  return (belowUpper - belowLower) / histogram.count;
}

// Number of observations below a value; `undefined` if it is above all buckets.
function countBelow(value: number, histogram: NativeHistogram): number | undefined {
  let below = 0;
  for (let place = 0; place < placesOf(histogram); place++) {
    const count = countAt(histogram, place);
    if (count === 0) continue;
    const bucket = bucketAt(histogram, place);
    const hasZero = bucket.lower <= 0 && bucket.upper >= 0;
    if (hasZero) narrowZeroBucket(bucket, histogram);
    if (bucket.lower >= value) return below;
    // A bucket without a lower bound counts as a whole.
    if (bucket.upper > value && bucket.lower === -Infinity) return below + count;
    if (bucket.upper > value)
      return below + count * fractionBelow(bucket, value, hasZero || hasCustomBuckets(histogram));
    below += count;
  }
  return undefined;
}

/** Estimate of the fraction of a bucket's observations below a value that is within its bounds, which are finite. */
export function fractionBelow(
  { lower, upper }: Pick<Bucket, "lower" | "upper">,
  value: number,
  isLinear: boolean,
): number {
  if (isLinear) return (value - lower) / (upper - lower);
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  const logValue = Math.log2(Math.abs(value));
  return value > 0
    ? (logValue - logLower) / (logUpper - logLower)
    : 1 - (logValue - logUpper) / (logLower - logUpper);
}
