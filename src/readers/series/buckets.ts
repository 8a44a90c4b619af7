// Histograms of OpenTelemetry as Prometheus' classic buckets.
import type { ExponentialHistogram, Histogram } from "../../engine/index.ts";
import type { Buckets } from "./family.ts";

// As many buckets as OpenTelemetry's own exponential histograms have by default.
const MAX_EXPONENTIAL_BUCKETS = 160;

/** The buckets of a histogram with explicit boundaries. */
export function bucketsFromExplicit(histogram: Histogram): Buckets {
  const bounds = new Bounds();
  for (const [i, bound] of histogram.buckets.boundaries.entries()) {
    bounds.add(bound, histogram.buckets.counts[i] ?? 0);
  }
  return bucketsOf(histogram, bounds);
}

/**
 * The buckets of an exponential histogram: every boundary from the lowest populated bucket to the highest, of the
 * finest scale with which there are at most 160. A coarser scale's boundaries are among the finer one's, so a series
 * `le` goes on when the scale falls. A negative value that lies exactly on a boundary counts to the bound above.
 */
export function bucketsFromExponential(histogram: ExponentialHistogram): Buckets {
  let scale = histogram.scale;
  let positive = populated(histogram.positive);
  let negative = populated(histogram.negative);
  while (positive.counts.length + negative.counts.length > MAX_EXPONENTIAL_BUCKETS) {
    scale--;
    positive = halved(positive);
    negative = halved(negative);
  }
  const bounds = new Bounds();
  if (negative.counts.length > 0) {
    const top = negative.offset + negative.counts.length;
    bounds.add(-boundary(top, scale), 0);
    for (const [i, count] of negative.counts.toReversed().entries())
      bounds.add(-boundary(top - 1 - i, scale), count);
  }
  if (negative.counts.length > 0 || histogram.zeroCount > 0) bounds.add(0, histogram.zeroCount);
  if (positive.counts.length > 0) {
    bounds.add(boundary(positive.offset, scale), 0);
    for (const [i, count] of positive.counts.entries())
      bounds.add(boundary(positive.offset + 1 + i, scale), count);
  }
  return bucketsOf(histogram, bounds);
}

/**
 * Two histograms as one. Where only one of them has a bound, the other counts with what it has at its next lower
 * bound, so the sum is exact wherever both have the same bounds.
 */
export function addedBuckets(left: Buckets, right: Buckets): Buckets {
  const bounds = [...new Set([...left.bounds, ...right.bounds])].toSorted((a, b) => a - b);
  return {
    bounds,
    cumulativeCounts: bounds.map((bound) => countUpTo(left, bound) + countUpTo(right, bound)),
    count: left.count + right.count,
    sum: left.sum === undefined || right.sum === undefined ? undefined : left.sum + right.sum,
    min: least(left.min, right.min),
    max: greatest(left.max, right.max),
  };
}

// Collects rising bounds. The infinite one is `count`; equal ones, where the boundaries of an exponential histogram
// are closer than numbers can be, are one.
class Bounds {
  readonly bounds: number[] = [];
  readonly cumulativeCounts: number[] = [];
  #total = 0;

  add(bound: number, count: number): void {
    this.#total += count;
    if (Math.abs(bound) === Infinity) return;
    if (this.bounds.at(-1) === bound) {
      this.bounds.pop();
      this.cumulativeCounts.pop();
    }
    // Adding 0 makes a negative zero the only zero there is.
    this.bounds.push(bound + 0);
    this.cumulativeCounts.push(this.#total);
  }
}

interface ExponentialBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

// Bucket i holds absolute values above boundary(offset + i), up to and with boundary(offset + i + 1).
function boundary(index: number, scale: number): number {
  return 2 ** (index * 2 ** -scale);
}

function populated({ offset, bucketCounts }: ExponentialHistogram["positive"]): ExponentialBuckets {
  const isPopulated = (count: number): boolean => count > 0;
  const first = bucketCounts.findIndex(isPopulated);
  if (first === -1) return { offset: 0, counts: [] };
  return {
    offset: offset + first,
    counts: bucketCounts.slice(first, bucketCounts.findLastIndex(isPopulated) + 1),
  };
}

function halved({ offset, counts }: ExponentialBuckets): ExponentialBuckets {
  const newOffset = Math.floor(offset / 2);
  const merged: number[] = [];
  for (const [i, count] of counts.entries()) {
    const place = Math.floor((offset + i) / 2) - newOffset;
    merged[place] = (merged[place] ?? 0) + count;
  }
  return { offset: newOffset, counts: merged };
}

function bucketsOf(histogram: Histogram | ExponentialHistogram, bounds: Bounds): Buckets {
  const { count, sum, min, max } = histogram;
  return { bounds: bounds.bounds, cumulativeCounts: bounds.cumulativeCounts, count, sum, min, max };
}

function countUpTo({ bounds, cumulativeCounts }: Buckets, bound: number): number {
  return cumulativeCounts[bounds.findLastIndex((own) => own <= bound)] ?? 0;
}

function least(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? (left ?? right) : Math.min(left, right);
}

function greatest(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? (left ?? right) : Math.max(left, right);
}
