/**
 * Merges two aggregates of one series. Pure functions, commutative and associative except for the rounding of
 * sums.
 */
import type { ExponentialHistogram, Histogram } from "@opentelemetry/sdk-metrics";
import type { BucketRange } from "../../../src/engine/aggregation/exponential-reading.ts";

const DEFAULT_MAX_SIZE = 160;

export interface TimedValue {
  readonly value: number;
  /** Milliseconds since the epoch. */
  readonly timeUnixMillis: number;
}

interface Summary {
  readonly count: number;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
}

export class MergeError extends Error {
  override readonly name = "MergeError";
  readonly code = "TACHYMETER_MERGE";
}

export function mergeSums(a: number, b: number): number {
  return a + b;
}

/** Returns the newer of two last values. If both are equally old it returns the greater, with NaN as the greatest. */
export function mergeLastValues<Value extends TimedValue>(a: Value, b: Value): Value {
  if (a.timeUnixMillis !== b.timeUnixMillis) return a.timeUnixMillis > b.timeUnixMillis ? a : b;
  return Number.isNaN(a.value) || a.value > b.value ? a : b;
}

/** Merges two histograms. Throws {@link MergeError} if their boundaries differ. */
export function mergeHistograms(a: Histogram, b: Histogram): Histogram {
  const { boundaries } = a.buckets;
  if (!sameNumbers(boundaries, b.buckets.boundaries)) {
    throw new MergeError(
      `histograms must have equal boundaries, got ${JSON.stringify(boundaries)} and ${JSON.stringify(b.buckets.boundaries)}; merge series of the same instrument and view`,
    );
  }
  const counts = a.buckets.counts.map((count, i) => count + (b.buckets.counts[i] ?? 0));
  return { ...mergeSummaries(a, b), buckets: { boundaries: [...boundaries], counts } };
}

/** Merges two histograms at the finest scale of both at which each sign has at most `maxSize` buckets. */
export function mergeExponentialHistograms(
  a: ExponentialHistogram,
  b: ExponentialHistogram,
  maxSize: number = DEFAULT_MAX_SIZE,
): ExponentialHistogram {
  const both = [a, b].filter((each) => !isEmpty(each.positive) || !isEmpty(each.negative));
  // If all values are 0 every scale is correct. Upstream uses 0.
  let scale = both.length === 0 ? 0 : Math.min(...both.map((each) => each.scale));
  const positives = both.map((each) => coarser(each.positive, each.scale - scale));
  const negatives = both.map((each) => coarser(each.negative, each.scale - scale));
  const shift = Math.max(shiftInto(maxSize, positives), shiftInto(maxSize, negatives));
  scale -= shift;
  return {
    ...mergeSummaries(a, b),
    positive: total(positives.map((range) => coarser(range, shift))),
    negative: total(negatives.map((range) => coarser(range, shift))),
    scale,
    zeroCount: a.zeroCount + b.zeroCount,
  };
}

function mergeSummaries(a: Summary, b: Summary): Summary {
  if (a.count === 0) return summaryOf(b);
  if (b.count === 0) return summaryOf(a);
  return {
    count: a.count + b.count,
    // A value that only one of the two has is unknown for both together.
    ...(a.sum !== undefined && b.sum !== undefined && { sum: a.sum + b.sum }),
    ...(a.min !== undefined && b.min !== undefined && { min: Math.min(a.min, b.min) }),
    ...(a.max !== undefined && b.max !== undefined && { max: Math.max(a.max, b.max) }),
  };
}

function summaryOf({ count, sum, min, max }: Summary): Summary {
  return {
    count,
    ...(sum !== undefined && { sum }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  };
}

function isEmpty(range: BucketRange): boolean {
  return range.bucketCounts.every((count) => count === 0);
}

/** Merges each `2 ** shift` buckets into one. Empty buckets at the ends are left out. */
function coarser({ offset, bucketCounts }: BucketRange, shift: number): BucketRange {
  const first = bucketCounts.findIndex((count) => count > 0);
  if (first < 0) return { offset: 0, bucketCounts: [] };
  const last = bucketCounts.findLastIndex((count) => count > 0);
  const low = (offset + first) >> shift;
  const counts = Array.from({ length: ((offset + last) >> shift) - low + 1 }, () => 0);
  for (let i = first; i <= last; i++) counts[((offset + i) >> shift) - low]! += bucketCounts[i]!;
  return { offset: low, bucketCounts: counts };
}

/** Number of halvings until all ranges together have at most `maxSize` buckets. */
function shiftInto(maxSize: number, ranges: readonly BucketRange[]): number {
  let { low, high } = spanOf(ranges);
  let shift = 0;
  // Two buckets can hold all doubles; one cannot.
  const size = Math.max(2, maxSize);
  for (; high - low >= size; shift++) {
    low >>= 1;
    high >>= 1;
  }
  return shift;
}

function total(ranges: readonly BucketRange[]): BucketRange {
  const { low, high } = spanOf(ranges);
  if (low > high) return { offset: 0, bucketCounts: [] };
  const bucketCounts = Array.from({ length: high - low + 1 }, () => 0);
  for (const range of ranges)
    for (const [i, count] of range.bucketCounts.entries()) bucketCounts[range.offset - low + i]! += count;
  return { offset: low, bucketCounts };
}

function spanOf(ranges: readonly BucketRange[]): { readonly low: number; readonly high: number } {
  const used = ranges.filter((range) => range.bucketCounts.length > 0);
  return {
    low: Math.min(...used.map((range) => range.offset)),
    high: Math.max(...used.map((range) => range.offset + range.bucketCounts.length - 1)),
  };
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((number, i) => number === b[i]);
}
