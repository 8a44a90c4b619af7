/** Rows of cells of one aggregation. Attributes are kept elsewhere. */
import { EXPLICIT_CELLS, emptyExplicitRow } from "../../engine/aggregation/explicit-histogram-store.ts";
import { READING } from "../../engine/aggregation/exponential-reading.ts";
import { ExponentialRows } from "../../engine/aggregation/exponential-rows.ts";
import { GROWTH, RowGrowth } from "../../engine/aggregation/row-growth.ts";
import { Pages } from "../../engine/aggregation/pages.ts";
import { memoryOf, type Part, PARTS, type SharedStore } from "../../engine/aggregation/store.ts";
import type { ExplicitHistogram, ExponentialHistogram } from "../../engine/streams/aggregation.ts";
import type { KeptAggregation } from "../../engine/streams/stream-store.ts";

/** Cells are passed in the layout that visitors of series get. */
export interface Rows {
  /** Maximum number of cells that {@link read} writes. */
  readonly readingLength: number;
  /** The cells. The first of a row is the sum or the count; it changes with each recording, except of gauges and 0. */
  readonly cells: Pages;
  /** Place of the sum in a row; of gauges, of the value. */
  readonly sumCell: number;
  reserve(row: number): void;
  set(row: number, cells: Float64Array, offset: number): void;
  /** Adds another series to a row. The value of a gauge is replaced. */
  add(row: number, cells: Float64Array, offset: number): void;
  clear(row: number): void;
  /** Copies a row. Returns false if nothing is recorded in it. */
  read(row: number, into: Float64Array): boolean;
  /** Copies a row that another thread may write. Returns false also if it could not be read whole. */
  readWhole(row: number, into: Float64Array): boolean;
  /** Ends what the thread that wrote the rows had begun when it ended. */
  finish(): void;
  /** Copies a row of a thread that has ended. Leaves out a recording that it did not finish. */
  readEnded(row: number, into: Float64Array): void;
  /** Adds the next page of a part, which another thread writes. */
  adopt(part: Part, page: Float64Array): void;
  /** For histograms: memory for {@link compare}. */
  growth(): RowGrowth | undefined;
  /**
   * Finds out what a histogram has recorded since this row was copied from it. Returns false if that takes a
   * {@link readWhole}.
   */
  compare(row: number, theirs: Rows, growth: RowGrowth): boolean;
  /** Takes over what {@link compare} has found. */
  follow(row: number, growth: RowGrowth): void;
  /** Adds what {@link compare} has found to another row, except for its sum. */
  grow(row: number, growth: RowGrowth): void;
}

export function rowsOf(aggregation: KeptAggregation, shared?: SharedStore): Rows {
  switch (aggregation.kind) {
    case "sum":
      return new SumRows(shared);
    case "lastValue":
      return new LastValueRows(shared);
    case "explicitHistogram":
      return new ExplicitRows(aggregation, shared);
    case "exponentialHistogram":
      return new ExponentialCells(aggregation, shared);
    default:
      return aggregation satisfies never;
  }
}

// A copy, because each use of an imported binding is a look-up.
const { sum: SUM, min: MIN, max: MAX, buckets: BUCKETS } = EXPLICIT_CELLS;
const { total: GROWN_TOTAL, count: GROWN_COUNT, sum: GROWN_SUM, min: GROWN_MIN, max: GROWN_MAX } = GROWTH;

abstract class PagedRows implements Rows {
  readonly readingLength: number;
  readonly cells: Pages;
  readonly sumCell: number = 0;

  constructor(emptyRow: readonly number[], shared: SharedStore | undefined) {
    this.cells = new Pages({ emptyRow, memory: memoryOf(shared, PARTS.rows) });
    this.readingLength = emptyRow.length;
  }

  abstract set(row: number, cells: Float64Array, offset: number): void;
  abstract add(row: number, cells: Float64Array, offset: number): void;
  abstract read(row: number, into: Float64Array): boolean;

  reserve(row: number): void {
    this.cells.reserve(row);
  }

  clear(row: number): void {
    this.cells.clear(row);
  }

  // Reads what `readWhole` does.
  readWhole(row: number, into: Float64Array): boolean {
    return this.read(row, into);
  }

  finish(): void {}

  // A single value is always whole.
  readEnded(row: number, into: Float64Array): void {
    this.read(row, into);
  }

  adopt(part: Part, page: Float64Array): void {
    if (part === PARTS.rows) this.cells.adopt(page);
  }

  growth(): RowGrowth | undefined {
    return undefined;
  }

  compare(_row: number, _theirs: Rows, _growth: RowGrowth): boolean {
    return false;
  }

  follow(_row: number, _growth: RowGrowth): void {}

  grow(_row: number, _growth: RowGrowth): void {}
}

class SumRows extends PagedRows {
  // -0 means "nothing recorded", as in the stores of sums.
  constructor(shared: SharedStore | undefined) {
    super([-0], shared);
  }

  override set(row: number, cells: Float64Array, offset: number): void {
    this.cells.pageOf(row)[this.cells.offsetOf(row)] = cells[offset]!;
  }

  override add(row: number, cells: Float64Array, offset: number): void {
    this.cells.pageOf(row)[this.cells.offsetOf(row)]! += cells[offset]!;
  }

  override read(row: number, into: Float64Array): boolean {
    const value = this.cells.pageOf(row)[this.cells.offsetOf(row)]!;
    into[0] = value;
    return !Object.is(value, -0);
  }
}

class LastValueRows extends PagedRows {
  constructor(shared: SharedStore | undefined) {
    super([0, 0], shared);
  }

  override set(row: number, cells: Float64Array, offset: number): void {
    const page = this.cells.pageOf(row);
    const at = this.cells.offsetOf(row);
    page[at] = cells[offset]!;
    page[at + 1] = 1;
  }

  override add(row: number, cells: Float64Array, offset: number): void {
    this.set(row, cells, offset);
  }

  override read(row: number, into: Float64Array): boolean {
    const page = this.cells.pageOf(row);
    const at = this.cells.offsetOf(row);
    const isRecorded = page[at + 1] === 1;
    into[0] = page[at]!;
    return isRecorded;
  }
}

class ExplicitRows extends PagedRows {
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

class ExponentialCells implements Rows {
  readonly sumCell: number = READING.sum;
  readonly #rows: ExponentialRows;

  constructor(shape: ExponentialHistogram, shared: SharedStore | undefined) {
    this.#rows = new ExponentialRows(shape, shared);
  }

  get readingLength(): number {
    return this.#rows.readingLength;
  }

  get cells(): Pages {
    return this.#rows.pages.pages;
  }

  reserve(row: number): void {
    this.#rows.pages.reserve(row);
  }

  set(row: number, cells: Float64Array, offset: number): void {
    this.#rows.empty(row);
    this.#rows.add(row, cells, offset);
  }

  add(row: number, cells: Float64Array, offset: number): void {
    this.#rows.add(row, cells, offset);
  }

  clear(row: number): void {
    this.#rows.empty(row);
  }

  finish(): void {
    this.#rows.finish();
  }

  readEnded(row: number, into: Float64Array): void {
    this.#rows.read(row, into);
    const end = READING.counts + into[READING.positiveLength]! + into[READING.negativeLength]!;
    let counted = into[READING.zeroCount]!;
    for (let cell: number = READING.counts; cell < end; cell++) counted += into[cell]!;
    into[READING.count] = counted;
  }

  read(row: number, into: Float64Array): boolean {
    this.#rows.read(row, into);
    return into[READING.count]! > 0;
  }

  readWhole(row: number, into: Float64Array): boolean {
    return this.#rows.readWhole(row, into) && into[READING.count]! > 0;
  }

  adopt(part: Part, page: Float64Array): void {
    this.#rows.adopt(part, page);
  }

  growth(): RowGrowth {
    return new RowGrowth(this.readingLength);
  }

  compare(row: number, theirs: Rows, growth: RowGrowth): boolean {
    return theirs instanceof ExponentialCells && this.#rows.compare(row, theirs.#rows, growth);
  }

  follow(row: number, growth: RowGrowth): void {
    this.#rows.follow(row, growth);
  }

  grow(row: number, growth: RowGrowth): void {
    this.#rows.grow(row, growth);
  }
}
