// The zero bucket: observations whose absolute value is at most the zero threshold.
import type { Buckets, NativeHistogram } from "../native-histogram.ts";
import { standardBound } from "./bucket-bounds.ts";

/** A zero bucket. */
export interface ZeroBucket {
  readonly threshold: number;
  readonly count: number;
}

/** Parts of a histogram with standard buckets that decide about its zero bucket. */
export type ZeroBucketSource = Pick<
  NativeHistogram,
  "schema" | "zeroThreshold" | "zeroCount" | "positive" | "negative"
>;

/**
 * The zero bucket of a histogram if its threshold were raised to at least `threshold`: it contains the buckets below. The
 * threshold is raised further if it is within a populated bucket.
 */
export function widenedZeroBucket(histogram: ZeroBucketSource, threshold: number): ZeroBucket {
  const { schema, zeroThreshold, zeroCount, positive, negative } = histogram;
  if (threshold === zeroThreshold) return { threshold, count: zeroCount };
  let widened = threshold;
  for (;;) {
    const above = boundAbove(schema, positive, widened);
    const wider = boundAbove(schema, negative, above);
    if (wider === above) {
      const end = firstBucketAbove(schema, above);
      const merged = countBelow(positive, end) + countBelow(negative, end);
      return { threshold: above, count: zeroCount + merged };
    }
    widened = wider;
  }
}

/** Index of the first bucket whose upper bound is above a threshold. `-Infinity` for threshold 0. */
export function firstBucketAbove(schema: number, threshold: number): number {
  if (threshold <= 0) return -Infinity;
  if (schema === lastSchema && threshold === lastThreshold) return lastIndex;
  // Rounding may miss by one, in both directions.
  let index = Math.floor(Math.log2(threshold) * 2 ** schema) - 1;
  while (standardBound(schema, index) <= threshold) index++;
  [lastSchema, lastThreshold, lastIndex] = [schema, threshold, index];
  return index;
}

// The last search: most histograms of a query have one schema and one threshold.
let [lastSchema, lastThreshold, lastIndex] = [0, 0, 0];

// The threshold, or the upper bound of the populated bucket that it is within.
function boundAbove(schema: number, { offset, counts }: Buckets, threshold: number): number {
  const index = firstBucketAbove(schema, threshold);
  const populated = (counts[index - offset] ?? 0) !== 0;
  return populated && standardBound(schema, index - 1) < threshold ? standardBound(schema, index) : threshold;
}

function countBelow({ offset, counts }: Buckets, end: number): number {
  let count = 0;
  for (let i = 0; i < counts.length && offset + i < end; i++) count += counts[i]!;
  return count;
}
