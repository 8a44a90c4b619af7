/** What readings of exponential rows say. */
import type { ExponentialHistogram } from "@opentelemetry/sdk-metrics";
import { READING } from "./exponential-rows.ts";

/** Counts of neighbouring buckets: `bucketCounts[i]` is that of bucket `offset + i`. */
export type BucketRange = ExponentialHistogram["positive"];

/** The histogram that `ExponentialRows.read` has written to the start of `reading`. */
export function exponentialHistogramOf(reading: Float64Array): ExponentialHistogram {
  const min = reading[READING.min]!;
  const max = reading[READING.max]!;
  const positiveLength = reading[READING.positiveLength]!;
  const negativeLength = reading[READING.negativeLength]!;
  const negativeCounts = READING.counts + positiveLength;
  return {
    // Recorded values are finite: min is at an infinity where there was none, or none is wanted.
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
