/** Rows of histograms with boundaries. */
import { EXPLICIT_CELLS, emptyExplicitRow } from "../../engine/aggregation/explicit-histogram-store.ts";
import { GROWTH, RowGrowth } from "../../engine/aggregation/row-growth.ts";
import type { SharedStore } from "../../engine/aggregation/store.ts";
import type { ExplicitHistogram } from "../../engine/streams/aggregation.ts";
import { PagedRows, type Rows } from "./paged-rows.ts";

// A copy, because each use of an imported binding is a look-up.
const { sum: SUM, min: MIN, max: MAX, buckets: BUCKETS } = EXPLICIT_CELLS;
const { total: GROWN_TOTAL, count: GROWN_COUNT, sum: GROWN_SUM, min: GROWN_MIN, max: GROWN_MAX } = GROWTH;

export class ExplicitRows extends PagedRows {
  override readonly sumCell: number = EXPLICIT_CELLS.sum;

  constructor({ boundaries, recordMinMax }: ExplicitHistogram, shared: SharedStore | undefined) {
    super(emptyExplicitRow(boundaries, recordMinMax), shared);
  }

  override set(row: number, cells: Float64Array, offset: number): void {
    const page = this.cells.pageOf(row);
    const at = this.cells.offsetOf(row);
    for (let i = 0; i < this.readingLength; i++) page[at + i] = cells[offset + i]!;
  }

  override add(row: number, cells: Float64Array, offset: number): void {
    const { count, sum, min, max, buckets } = EXPLICIT_CELLS;
    const page = this.cells.pageOf(row);
    const at = this.cells.offsetOf(row);
    page[at + count]! += cells[offset + count]!;
    page[at + sum]! += cells[offset + sum]!;
    page[at + min] = Math.min(page[at + min]!, cells[offset + min]!);
    page[at + max] = Math.max(page[at + max]!, cells[offset + max]!);
    for (let i: number = buckets; i < this.readingLength; i++) page[at + i]! += cells[offset + i]!;
  }

  override readEnded(row: number, into: Float64Array): void {
    this.read(row, into);
    let counted = 0;
    for (let i: number = EXPLICIT_CELLS.buckets; i < this.readingLength; i++) counted += into[i]!;
    into[EXPLICIT_CELLS.count] = counted;
  }

  // The writer counts the bucket first and the count last. The count is read first here, so it is the sum of the
  // buckets only if no recording overlapped.
  override read(row: number, into: Float64Array): boolean {
    const page = this.cells.pageOf(row);
    const at = this.cells.offsetOf(row);
    const count = page[at]!;
    into[0] = count;
    let counted = 0;
    for (let i = 1; i < this.readingLength; i++) into[i] = page[at + i]!;
    for (let i: number = EXPLICIT_CELLS.buckets; i < this.readingLength; i++) counted += into[i]!;
    return count > 0 && counted === count;
  }

  override growth(): RowGrowth {
    return new RowGrowth(this.readingLength);
  }

  // Reads in the order of `read`. This row is whole, so the other is if all differences add up.
  override compare(row: number, theirs: Rows, growth: RowGrowth): boolean {
    const page = theirs.cells.pageOf(row);
    const own = this.cells.pageOf(row);
    const at = this.cells.offsetOf(row);
    const end = at + this.readingLength;
    const { buckets, counts, cells } = growth;
    const total = page[at]!;
    cells[GROWN_SUM] = page[at + SUM]!;
    cells[GROWN_MIN] = page[at + MIN]!;
    cells[GROWN_MAX] = page[at + MAX]!;
    let grown = 0;
    let length = 0;
    for (let cell = at + BUCKETS; cell < end; cell++) {
      const difference = page[cell]! - own[cell]!;
      if (difference === 0) continue;
      // Counts only grow.
      if (!(difference > 0)) return false;
      buckets[length] = cell - at;
      counts[length++] = difference;
      grown += difference;
    }
    const count = total - own[at]!;
    cells[GROWN_TOTAL] = total;
    cells[GROWN_COUNT] = count;
    growth.length = length;
    return grown === count;
  }

  override follow(row: number, growth: RowGrowth): void {
    const page = this.cells.pageOf(row);
    const at = this.cells.offsetOf(row);
    page[at + SUM] = growth.cells[GROWN_SUM]!;
    this.grow(row, growth);
  }

  override grow(row: number, { cells, length, buckets, counts }: RowGrowth): void {
    const page = this.cells.pageOf(row);
    const at = this.cells.offsetOf(row);
    const min = cells[GROWN_MIN]!;
    const max = cells[GROWN_MAX]!;
    page[at]! += cells[GROWN_COUNT]!;
    if (min < page[at + MIN]!) page[at + MIN] = min;
    if (max > page[at + MAX]!) page[at + MAX] = max;
    for (let i = 0; i < length; i++) page[at + buckets[i]!]! += counts[i]!;
  }
}
