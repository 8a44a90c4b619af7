// OpenTelemetry histograms as Prometheus classic buckets.
import { EXPLICIT, EXPONENTIAL } from "../engine/collection/cell-layout.ts";
import type {
  CollectedExponentialHistogram,
  CollectedHistogram,
} from "../engine/collection/collected-metric.ts";
import type { ClassicHistogram } from "./family.ts";

// As many buckets as OpenTelemetry's own exponential histograms have by default.
const MAX_EXPONENTIAL_BUCKETS = 160;

/** The boundaries that {@link ClassicBuckets} has: without infinite ones, and equal ones once. */
export function shownBounds(boundaries: readonly number[]): readonly number[] {
  return boundaries.filter((bound, i) => Math.abs(bound) !== Infinity && bound !== boundaries[i + 1]);
}

/** Reusable buffer for the classic buckets of a histogram: rising finite bounds, each with its cumulative count. */
export class ClassicBuckets {
  length = 0;
  bounds: Float64Array = new Float64Array(256);
  cumulativeCounts: Float64Array = new Float64Array(256);
  count = 0;
  /** `undefined` if it is not to be exported; the same for min and max. */
  sum: number | undefined;
  min: number | undefined;
  max: number | undefined;
  #total = 0;

  /** Reads one series of an explicit-bucket histogram; takes the arguments of a visitor. */
  readExplicit(cells: Float64Array, offset: number, metric: CollectedHistogram): void {
    const { boundaries } = metric;
    this.#restart(boundaries.length);
    this.#readWhole(cells, offset, EXPLICIT, metric);
    const counts = offset + EXPLICIT.buckets;
    for (let i = 0; i < boundaries.length; i++) this.#add(boundaries[i]!, cells[counts + i]!);
  }

  /**
   * Reads one series of an exponential histogram; takes the arguments of a visitor. Covers every boundary from the lowest
   * populated bucket to the highest, at the finest scale with at most 160 buckets. The boundaries of a coarser scale are
   * among those of the finer one, so a `le` series continues when the scale falls. A negative value that lies exactly on
   * a boundary is counted under the next bound above.
   */
  readExponential(cells: Float64Array, offset: number, metric: CollectedExponentialHistogram): void {
    this.#restart(MAX_EXPONENTIAL_BUCKETS + 3);
    this.#readWhole(cells, offset, EXPONENTIAL, metric);
    const positives = offset + EXPONENTIAL.counts;
    const positive = populated(cells, positives, offset + EXPONENTIAL.positiveOffset);
    const negatives = positives + cells[offset + EXPONENTIAL.positiveLength]!;
    const negative = populated(cells, negatives, offset + EXPONENTIAL.negativeOffset);
    let shift = 0;
    while (bucketsOf(positive, shift) + bucketsOf(negative, shift) > MAX_EXPONENTIAL_BUCKETS) shift++;
    const scale = cells[offset + EXPONENTIAL.scale]! - shift;
    const zeroCount = cells[offset + EXPONENTIAL.zeroCount]!;
    if (negative !== undefined) this.#addNegative(cells, negative, shift, scale);
    if (negative !== undefined || zeroCount > 0) this.#add(0, zeroCount);
    if (positive !== undefined) this.#addPositive(cells, positive, shift, scale);
  }

  #readWhole(cells: Float64Array, offset: number, places: Places, { hasSum, hasMinMax }: Shown): void {
    const min = cells[offset + places.min]!;
    const showsMinMax = hasMinMax && Number.isFinite(min);
    this.count = cells[offset + places.count]!;
    this.sum = hasSum ? cells[offset + places.sum]! : undefined;
    this.min = showsMinMax ? min : undefined;
    this.max = showsMinMax ? cells[offset + places.max]! : undefined;
  }

  // From the greatest magnitude down.
  #addNegative(cells: Float64Array, side: Populated, shift: number, scale: number): void {
    const [bottom, top] = [coarsened(side.first, shift), coarsened(side.last, shift)];
    this.#add(-boundary(top + 1, scale), 0);
    let index = side.last;
    for (let coarse = top; coarse >= bottom; coarse--) {
      let count = 0;
      for (; index >= side.first && coarsened(index, shift) === coarse; index--)
        count += cells[side.base + index]!;
      this.#add(-boundary(coarse, scale), count);
    }
  }

  #addPositive(cells: Float64Array, side: Populated, shift: number, scale: number): void {
    const [bottom, top] = [coarsened(side.first, shift), coarsened(side.last, shift)];
    this.#add(boundary(bottom, scale), 0);
    let index = side.first;
    for (let coarse = bottom; coarse <= top; coarse++) {
      let count = 0;
      for (; index <= side.last && coarsened(index, shift) === coarse; index++)
        count += cells[side.base + index]!;
      this.#add(boundary(coarse + 1, scale), count);
    }
  }

  #restart(length: number): void {
    this.length = 0;
    this.#total = 0;
    if (this.bounds.length >= length) return;
    this.bounds = new Float64Array(2 * length);
    this.cumulativeCounts = new Float64Array(2 * length);
  }

  // Merges equal bounds: at a very fine scale, neighbouring boundaries can round to the same number.
  #add(bound: number, count: number): void {
    this.#total += count;
    if (Math.abs(bound) === Infinity) return;
    if (this.length > 0 && this.bounds[this.length - 1] === bound) this.length--;
    // Adding 0 turns -0 into 0.
    this.bounds[this.length] = bound + 0;
    this.cumulativeCounts[this.length] = this.#total;
    this.length++;
  }
}

/** The sum of two histograms. If one lacks a bound, its count at its next lower bound is used. */
export function addedBuckets(left: ClassicHistogram, right: ClassicHistogram): ClassicHistogram {
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

// The cell positions that both kinds of histogram have beside their buckets.
type Places = Pick<typeof EXPLICIT | typeof EXPONENTIAL, "count" | "sum" | "min" | "max">;
type Shown = Pick<CollectedHistogram, "hasSum" | "hasMinMax">;

// The buckets of one sign, from the first populated one to the last: bucket `index` is cell `base + index`.
interface Populated {
  readonly base: number;
  readonly first: number;
  readonly last: number;
}

function populated(cells: Float64Array, counts: number, header: number): Populated | undefined {
  const [offset, length] = [cells[header]!, cells[header + 1]!];
  let first = 0;
  while (first < length && cells[counts + first] === 0) first++;
  if (first === length) return undefined;
  let last = length - 1;
  while (cells[counts + last] === 0) last--;
  return { base: counts - offset, first: offset + first, last: offset + last };
}

function bucketsOf(side: Populated | undefined, shift: number): number {
  return side === undefined ? 0 : coarsened(side.last, shift) - coarsened(side.first, shift) + 1;
}

// The index of the bucket into which 2^shift buckets are merged. Imported indexes may exceed the 32 bits of a shift.
function coarsened(index: number, shift: number): number {
  return shift === 0 ? index : Math.floor(index / 2 ** shift);
}

// Bucket i holds absolute values above boundary(i), up to and including boundary(i + 1).
function boundary(index: number, scale: number): number {
  return 2 ** (index * 2 ** -scale);
}

function countUpTo({ bounds, cumulativeCounts }: ClassicHistogram, bound: number): number {
  return cumulativeCounts[bounds.findLastIndex((own) => own <= bound)] ?? 0;
}

function least(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? (left ?? right) : Math.min(left, right);
}

function greatest(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? (left ?? right) : Math.max(left, right);
}
