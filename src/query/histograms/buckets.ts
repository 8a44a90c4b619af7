// The buckets of a native histogram as one ascending row: negative ones, the zero bucket, positive ones.
import type { NativeHistogram } from "../native-histogram.ts";
import { CUSTOM_SCHEMA, standardBound, upperBound } from "./bucket-bounds.ts";

/** One bucket. */
export interface Bucket {
  lower: number;
  upper: number;
  readonly count: number;
  readonly includesLower: boolean;
  readonly includesUpper: boolean;
}

/** Number of places in the row, empty buckets included. */
export function placesOf({ negative, positive }: NativeHistogram): number {
  return negative.counts.length + 1 + positive.counts.length;
}

/** Count of the bucket at a place. A zero bucket with a negative count is empty. */
export function countAt({ negative, positive, zeroCount }: NativeHistogram, place: number): number {
  const negatives = negative.counts.length;
  if (place > negatives) return positive.counts[place - negatives - 1]!;
  if (place < negatives) return negative.counts[negatives - 1 - place]!;
  return zeroCount > 0 ? zeroCount : 0;
}

/** The bucket at a place. A bucket that overlaps the zero bucket ends at the zero threshold. */
export function bucketAt(histogram: NativeHistogram, place: number): Bucket {
  const bucket = wholeBucketAt(histogram, place);
  const { zeroThreshold } = histogram;
  if (place === histogram.negative.counts.length) return bucket;
  if (bucket.upper < 0 && bucket.upper > -zeroThreshold) bucket.upper = -zeroThreshold;
  if (bucket.lower > 0 && bucket.lower < zeroThreshold) bucket.lower = zeroThreshold;
  return bucket;
}

/** The bucket at a place, with the bounds of its schema. */
export function wholeBucketAt(histogram: NativeHistogram, place: number): Bucket {
  const { schema, zeroThreshold, zeroCount, negative, positive } = histogram;
  const negatives = negative.counts.length;
  if (place === negatives) {
    const bounds = { lower: -zeroThreshold, upper: zeroThreshold };
    return { ...bounds, count: zeroCount, includesLower: true, includesUpper: true };
  }
  const count = countAt(histogram, place);
  if (place < negatives) {
    const index = negative.offset + negatives - 1 - place;
    const lower = -standardBound(schema, index);
    const upper = -standardBound(schema, index - 1);
    return { lower, upper, count, includesLower: true, includesUpper: false };
  }
  const index = positive.offset + place - negatives - 1;
  const lower = upperBound(histogram, index - 1);
  const upper = upperBound(histogram, index);
  const includesLower = schema === CUSTOM_SCHEMA && index === 0;
  return { lower, upper, count, includesLower, includesUpper: true };
}

/**
 * Narrows the zero bucket of a histogram whose observations are all on one side of 0: it ends at 0. Buckets of other bounds
 * stay.
 */
export function narrowZeroBucket(bucket: Bucket, { negative, positive }: NativeHistogram): void {
  if (negative.counts.length === 0 && positive.counts.length > 0) bucket.lower = 0;
  else if (positive.counts.length === 0 && negative.counts.length > 0) bucket.upper = 0;
}
