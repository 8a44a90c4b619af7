/** Two aggregates of one series made one: pure functions, commutative and associative but for the rounding of sums. */
import type { ExponentialHistogram, Histogram } from "@opentelemetry/sdk-metrics";
import type { BucketRange } from "./exponential-rows.ts";

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

/** The newer of two last values. Of two that are equally old the greater, of which NaN is the greatest. */
export function mergeLastValues<Value extends TimedValue>(a: Value, b: Value): Value {
  if (a.timeUnixMillis !== b.timeUnixMillis) return a.timeUnixMillis > b.timeUnixMillis ? a : b;
  return Number.isNaN(a.value) || a.value > b.value ? a : b;
}

/** Both histograms' values in one. Throws {@link MergeError} where their boundaries differ. */
export function mergeHistograms(a: Histogram, b: Histogram): Histogram {
  const { boundaries } = a.buckets;
  if (!sameNumbers(boundaries, b.buckets.boundaries)) {
    throw new MergeError(
      `histograms: their boundaries differ, ${JSON.stringify(boundaries)} and ${JSON.stringify(b.buckets.boundaries)}; merge series of the same instrument and view`,
    );
  }
  const counts = a.buckets.counts.map((count, i) => count + (b.buckets.counts[i] ?? 0));
  return { ...mergeSummaries(a, b), buckets: { boundaries: [...boundaries], counts } };
}

/** Both histograms' values in one, at the finest scale of both with which each sign has at most `maxSize` buckets. */
export function mergeExponentialHistograms(
  a: ExponentialHistogram,
  b: ExponentialHistogram,
  maxSize: number = DEFAULT_MAX_SIZE,
): ExponentialHistogram {
  const both = [a, b].filter((each) => !isEmpty(each.positive) || !isEmpty(each.negative));
  // Where all values are 0 every scale would be right, and 0 is what upstream says.
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
    // What only one of the two knows is not known of both together.
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

/** The range after each `2 ** shift` buckets have become one; empty buckets at its ends are left out. */
function coarser({ offset, bucketCounts }: BucketRange, shift: number): BucketRange {
  const first = bucketCounts.findIndex((count) => count > 0);
  if (first < 0) return { offset: 0, bucketCounts: [] };
  const last = bucketCounts.findLastIndex((count) => count > 0);
  const low = (offset + first) >> shift;
  const counts = Array.from({ length: ((offset + last) >> shift) - low + 1 }, () => 0);
  for (let i = first; i <= last; i++) counts[((offset + i) >> shift) - low]! += bucketCounts[i]!;
  return { offset: low, bucketCounts: counts };
}

/** How often the number of buckets must be halved until all ranges together are no wider than `maxSize`. */
function shiftInto(maxSize: number, ranges: readonly BucketRange[]): number {
  let { low, high } = spanOf(ranges);
  let shift = 0;
  // Two buckets hold all doubles, one never would.
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
