// Exponential histograms at a lower scale: each step merges two neighbouring buckets in one.

/** An exponential histogram as upstream's `ResourceMetrics` have it. */
export interface ExponentialBuckets {
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: BucketRange;
  readonly negative: BucketRange;
}

/** Counts of consecutive buckets, of which the first has this index. */
export interface BucketRange {
  readonly offset: number;
  readonly bucketCounts: readonly number[];
}

/** Whether the value of a point is an exponential histogram. */
export function isExponential(value: unknown): value is ExponentialBuckets {
  return typeof value === "object" && value !== null && "zeroCount" in value;
}

/** The histogram at a scale that is not above its own. */
export function downscaled<T extends ExponentialBuckets>(histogram: T, scale: number): T {
  const shift = histogram.scale - scale;
  const { positive, negative } = histogram;
  return { ...histogram, scale, positive: shifted(positive, shift), negative: shifted(negative, shift) };
}

function shifted({ offset, bucketCounts }: BucketRange, shift: number): BucketRange {
  if (bucketCounts.length === 0) return { offset: 0, bucketCounts };
  const first = Math.floor(offset / 2 ** shift);
  const counts: number[] = [];
  for (const [i, count] of bucketCounts.entries()) {
    const index = Math.floor((offset + i) / 2 ** shift) - first;
    counts[index] = (counts[index] ?? 0) + count;
  }
  return { offset: first, bucketCounts: counts };
}
