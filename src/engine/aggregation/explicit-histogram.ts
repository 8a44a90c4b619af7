/**
 * A histogram with fixed boundaries as one row of cells:
 *
 *     [count, sum, min, max, bucket 0, …, bucket n]      bucket i counts values in (boundaries[i - 1], boundaries[i]]
 *
 * A count of 0 stands for "nothing recorded (this cycle)". Where min and max are not wanted, they start beyond every
 * value, so that recording needs no test for it.
 */
import type { Histogram } from "@opentelemetry/sdk-metrics";

/** Where a row's count is. */
export const COUNT = 0;
const SUM = 1;
const MIN = 2;
const MAX = 3;
const BUCKETS = 4;

// Boundaries of the unrolled search: four comparisons tell 16 buckets apart.
const UNROLLED = 15;

/** The row of a histogram in which nothing was recorded, with one bucket more than there are boundaries. */
export function emptyExplicitRow(boundaries: readonly number[], recordMinMax: boolean): number[] {
  const buckets = Array.from({ length: boundaries.length + 1 }, () => 0);
  return recordMinMax ? [0, 0, Infinity, -Infinity, ...buckets] : [0, 0, -Infinity, Infinity, ...buckets];
}

/**
 * Boundaries (finite, in rising order) laid out for {@link recordExplicit}: up to 15 are filled up to 15 with infinities,
 * which nothing is above.
 */
export function searchBounds(boundaries: readonly number[]): Float64Array {
  const bounds = new Float64Array(Math.max(UNROLLED, boundaries.length)).fill(Infinity);
  bounds.set(boundaries);
  return bounds;
}

/** Records a finite `value` in the row at `offset`. Allocates nothing. */
export function recordExplicit(
  cells: Float64Array,
  offset: number,
  bounds: Float64Array,
  value: number,
): void {
  cells[offset]!++;
  cells[offset + SUM]! += value;
  if (value < cells[offset + MIN]!) cells[offset + MIN] = value;
  if (value > cells[offset + MAX]!) cells[offset + MAX] = value;
  cells[offset + BUCKETS + bucketOf(bounds, value)]!++;
}

/** What the row at `offset` says. */
export function explicitHistogramOf(
  cells: Float64Array,
  offset: number,
  boundaries: readonly number[],
): Histogram {
  const first = offset + BUCKETS;
  const counts = Array.from(cells.subarray(first, first + boundaries.length + 1));
  const min = cells[offset + MIN]!;
  const max = cells[offset + MAX]!;
  return {
    // Recorded values are finite: min is at an infinity where there was none, or none is wanted.
    ...(Number.isFinite(min) && { min, max }),
    sum: cells[offset + SUM]!,
    buckets: { boundaries: [...boundaries], counts },
    count: cells[offset]!,
  };
}

// The number of boundaries below `value`. Four steps without a loop for the usual sizes: no index leaves the 15, since
// each step adds at most what the steps after it leave over.
function bucketOf(bounds: Float64Array, value: number): number {
  if (bounds.length !== UNROLLED) return bucketAmong(bounds, value);
  let bucket = value > bounds[7]! ? 8 : 0;
  bucket = value > bounds[bucket + 3]! ? bucket + 4 : bucket;
  bucket = value > bounds[bucket + 1]! ? bucket + 2 : bucket;
  return value > bounds[bucket]! ? bucket + 1 : bucket;
}

function bucketAmong(bounds: Float64Array, value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value > bounds[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}
