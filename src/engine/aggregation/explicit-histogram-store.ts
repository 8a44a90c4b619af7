/**
 * A histogram with fixed boundaries as one row of cells:
 *
 *     [count, sum, min, max, bucket 0, …, bucket n]      bucket i counts values in (boundaries[i - 1], boundaries[i]]
 *
 * A count of 0 means "nothing recorded (this cycle)". Without min and max, their cells start beyond every value, so that
 * recording needs no check.
 */
import type { Histogram } from "@opentelemetry/sdk-metrics";
import type { Attributes } from "@opentelemetry/api";
import { BoundarySearch } from "./boundary-search.ts";
import { Pages } from "./pages.ts";
import { type Handle, HistogramStore, memoryOf, PARTS, RowHandle, type StoreOptions } from "./store.ts";

export const COUNT = 0;
// Not exported: each use of an exported binding is a look-up, which costs a third of a recording.
const SUM = 1;
const MIN = 2;
const MAX = 3;
const BUCKETS = 4;

/** Layout of a row, for code off the hot path. The count of the first bucket is at `buckets`. */
export const EXPLICIT_CELLS: Readonly<Record<"count" | "sum" | "min" | "max" | "buckets", number>> = {
  count: COUNT,
  sum: SUM,
  min: MIN,
  max: MAX,
  buckets: BUCKETS,
};

export function emptyExplicitRow(boundaries: readonly number[], recordMinMax: boolean): number[] {
  const buckets = Array.from({ length: boundaries.length + 1 }, () => 0);
  return recordMinMax ? [0, 0, Infinity, -Infinity, ...buckets] : [0, 0, -Infinity, Infinity, ...buckets];
}

/** Records a finite number of `search.parts` in the row at `offset`. Allocates nothing. */
export function recordExplicit(
  cells: Float64Array,
  offset: number,
  search: BoundarySearch,
  parts: number,
): void {
  const bucket = offset + BUCKETS + search.bucketOf(parts);
  // Divided here, since V8 allocates a fraction that is passed to a function, unless it inlines the call. Without the
  // product, V8 does not know that both are numbers, and allocates the quotient (`npm run bench:instrumentations`).
  const value = search.parts === 1 ? parts * 1 : parts / search.parts;
  // All reads before the first write: V8 can't know that the cells differ (0.6 ns).
  const inBucket = cells[bucket]!;
  const count = cells[offset]!;
  const sum = cells[offset + SUM]!;
  const min = cells[offset + MIN]!;
  const max = cells[offset + MAX]!;
  // Other threads rely on this order: a row is whole if its buckets, read last, add up to its count, read first.
  cells[bucket] = inBucket + 1;
  cells[offset + SUM] = sum + value;
  if (value < min) cells[offset + MIN] = value;
  if (value > max) cells[offset + MAX] = value;
  cells[offset] = count + 1;
}

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
    // Recorded values are finite: min is infinite if nothing was recorded, or if min and max are off.
    ...(Number.isFinite(min) && { min, max }),
    sum: cells[offset + SUM]!,
    buckets: { boundaries: [...boundaries], counts },
    count: cells[offset]!,
  };
}

export interface ExplicitHistogramStoreOptions extends StoreOptions {
  /** Inclusive upper bounds, finite, in increasing order. */
  readonly boundaries: readonly number[];
  readonly recordMinMax: boolean;
}

export class ExplicitHistogramStore extends HistogramStore {
  readonly pages: Pages;
  readonly boundaries: readonly number[];
  readonly search: BoundarySearch;
  #searchOfParts: BoundarySearch | undefined;

  constructor({ boundaries, recordMinMax, ...options }: ExplicitHistogramStoreOptions) {
    const pages = new Pages({
      emptyRow: emptyExplicitRow(boundaries, recordMinMax),
      memory: memoryOf(options.shared, PARTS.rows),
    });
    super(pages, options);
    this.pages = pages;
    this.boundaries = boundaries;
    this.search = new BoundarySearch(boundaries);
  }

  /** Records a finite `value` in the series and returns its row (for exemplars). */
  override record(value: number, attributes: Attributes | undefined): number {
    const row = this.series.rowOf(attributes);
    this.sequences?.mark(row);
    recordExplicit(this.pages.pageOf(row), this.pages.offsetOf(row), this.search, value);
    this.sequences?.mark(row);
    return row;
  }

  override valueOf(row: number): Histogram {
    return explicitHistogramOf(this.pages.pageOf(row), this.pages.offsetOf(row), this.boundaries);
  }

  override countOf(row: number): number {
    return this.pages.pageOf(row)[this.pages.offsetOf(row) + COUNT]!;
  }

  protected override clear(row: number): void {
    this.pages.clear(row);
  }

  protected override handleTo(row: number): Handle {
    return new ExplicitHistogramHandle(this, row, this.search);
  }

  protected override handleOfParts(row: number, parts: number): Handle {
    if (this.#searchOfParts?.parts !== parts) {
      const boundaries = this.boundaries.map((boundary) => partsUpTo(boundary, parts));
      this.#searchOfParts = new BoundarySearch(boundaries, parts);
    }
    return new ExplicitHistogramHandle(this, row, this.#searchOfParts);
  }
}

// Returns the largest whole number of parts that is at most `boundary`, so that whole numbers of parts get the bucket of their
// quotient.
function partsUpTo(boundary: number, parts: number): number {
  const nearest = Math.round(boundary * parts);
  return nearest / parts > boundary ? nearest - 1 : nearest;
}

class ExplicitHistogramHandle extends RowHandle {
  // A view of the row alone. With the offset in the view, not in each index, recording takes a seventh less
  // time.
  readonly #cells: Float64Array;
  readonly #search: BoundarySearch;

  constructor({ series, pages }: ExplicitHistogramStore, row: number, search: BoundarySearch) {
    super(series, row);
    const offset = pages.offsetOf(row);
    this.#cells = pages.pageOf(row).subarray(offset, offset + pages.width);
    this.#search = search;
  }

  record(value: number): void {
    recordExplicit(this.#cells, 0, this.#search, value);
  }
}
