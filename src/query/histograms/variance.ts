// `histogram_avg`, `histogram_stdvar` and `histogram_stddev` of native histograms.
import { KahanSum } from "../../engine/aggregation/kahan-sum.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { hasCustomBuckets } from "./bucket-bounds.ts";
import { type Bucket, bucketAt, countAt, placesOf } from "./buckets.ts";

/** Mean of the observations. NaN without any. */
export function average({ sum, count }: NativeHistogram): number {
  return sum / count;
}

/**
 * Estimate of the variance. All observations of a bucket are taken as its middle: the geometric mean of its bounds, or the
 * arithmetic one with custom buckets.
 */
export function variance(histogram: NativeHistogram): number {
  const mean = average(histogram);
  const squares = new KahanSum();
  for (let place = 0; place < placesOf(histogram); place++) {
    const count = countAt(histogram, place);
    if (count === 0) continue;
    const distance = middleOf(bucketAt(histogram, place), histogram) - mean;
    squares.add(count * distance * distance);
  }
  return squares.value / histogram.count;
}

/** Estimate of the standard deviation: the square root of {@link variance}. */
export function standardDeviation(histogram: NativeHistogram): number {
  return Math.sqrt(variance(histogram));
}

function middleOf({ lower, upper }: Bucket, histogram: NativeHistogram): number {
  if (hasCustomBuckets(histogram)) return (lower + upper) / 2;
  if (lower <= 0 && upper >= 0) return 0;
  const middle = Math.sqrt(lower * upper);
  return upper < 0 ? -middle : middle;
}
