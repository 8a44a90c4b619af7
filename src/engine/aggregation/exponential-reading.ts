/** The cells in which exponential histograms are read. */
import type { ExponentialHistogram } from "@opentelemetry/sdk-metrics";

export const READING = {
  count: 0,
  sum: 1,
  min: 2,
  max: 3,
  zeroCount: 4,
  scale: 5,
  positiveOffset: 6,
  positiveLength: 7,
  negativeOffset: 8,
  negativeLength: 9,
  counts: 10,
} as const;

/** Counts of neighbouring buckets: `bucketCounts[i]` is that of bucket `offset + i`. */
export type BucketRange = ExponentialHistogram["positive"];

/** Histogram from the cells that `ExponentialRows.read` has written to the start of `reading`. */
export function exponentialHistogramOf(reading: Float64Array): ExponentialHistogram {
  const min = reading[READING.min]!;
  const max = reading[READING.max]!;
  const positiveLength = reading[READING.positiveLength]!;
  const negativeLength = reading[READING.negativeLength]!;
  const negativeCounts = READING.counts + positiveLength;
  return {
    // Recorded values are finite: min is infinite if nothing was recorded, or if min and max are off.
    ...(Number.isFinite(min) && { min, max }),
    sum: reading[READING.sum]!,
    positive: range(reading, READING.positiveOffset, READING.counts, positiveLength),
    negative: range(reading, READING.negativeOffset, negativeCounts, negativeLength),
    count: reading[READING.count]!,
    scale: reading[READING.scale]!,
    zeroCount: reading[READING.zeroCount]!,
  };
}

function range(reading: Float64Array, offset: number, first: number, length: number): BucketRange {
  return { offset: reading[offset]!, bucketCounts: Array.from(reading.subarray(first, first + length)) };
}
