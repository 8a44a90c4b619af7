/** Rows of cells of one aggregation. Attributes are kept elsewhere. */
import { EXPLICIT_CELLS, emptyExplicitRow } from "../../engine/aggregation/explicit-histogram-store.ts";
import { READING } from "../../engine/aggregation/exponential-reading.ts";
import { ExponentialRows } from "../../engine/aggregation/exponential-rows.ts";
import { Pages } from "../../engine/aggregation/pages.ts";
import { memoryOf, type Part, PARTS, type SharedStore } from "../../engine/aggregation/store.ts";
import type { ExplicitHistogram, ExponentialHistogram } from "../../engine/streams/aggregation.ts";
import type { KeptAggregation } from "../../engine/streams/stream-store.ts";

/** Cells are passed in the layout that visitors of series get. */
export interface Rows {
  /** Maximum number of cells that {@link read} writes. */
  readonly readingLength: number;
  reserve(row: number): void;
  set(row: number, cells: Float64Array, offset: number): void;
  /** Adds another series to a row. The value of a gauge is replaced. */
  add(row: number, cells: Float64Array, offset: number): void;
  clear(row: number): void;
  /** The sum or the count, or of gauges the value. It changes with each recording, except of gauges and 0. */
  firstOf(row: number): number;
  /** Raises the sum of a row to `least`. */
  raiseSum(row: number, least: number): void;
  sumOf(row: number): number;
  /** Copies a row. Returns false if nothing is recorded in it, or if another thread writes it just now. */
  read(row: number, into: Float64Array): boolean;
  /** Makes a reading whole that is not, because its thread was ended amid a recording. */
  repair(reading: Float64Array): void;
  /** Adds the next page of a part, which another thread writes. */
  adopt(part: Part, page: Float64Array): void;
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

abstract class PagedRows implements Rows {
  readonly readingLength: number;
  protected readonly pages: Pages;
  // The cell of the sum.
  protected readonly sumCell: number = 0;

  constructor(emptyRow: readonly number[], shared: SharedStore | undefined) {
    this.pages = new Pages({ emptyRow, memory: memoryOf(shared, PARTS.rows) });
    this.readingLength = emptyRow.length;
  }

  abstract set(row: number, cells: Float64Array, offset: number): void;
  abstract add(row: number, cells: Float64Array, offset: number): void;
  abstract read(row: number, into: Float64Array): boolean;

  reserve(row: number): void {
    this.pages.reserve(row);
  }

  clear(row: number): void {
    this.pages.clear(row);
  }

  firstOf(row: number): number {
    return this.pages.pageOf(row)[this.pages.offsetOf(row)]!;
  }

  // A single value is always whole.
  repair(_reading: Float64Array): void {}

  sumOf(row: number): number {
    return this.pages.pageOf(row)[this.pages.offsetOf(row) + this.sumCell]!;
  }

  raiseSum(row: number, least: number): void {
    const cell = this.pages.offsetOf(row) + this.sumCell;
    const page = this.pages.pageOf(row);
    if (page[cell]! < least) page[cell] = least;
  }

  adopt(part: Part, page: Float64Array): void {
    if (part === PARTS.rows) this.pages.adopt(page);
  }
}

class SumRows extends PagedRows {
  // -0 means "nothing recorded", as in the stores of sums.
  constructor(shared: SharedStore | undefined) {
    super([-0], shared);
  }

  override set(row: number, cells: Float64Array, offset: number): void {
    this.pages.pageOf(row)[this.pages.offsetOf(row)] = cells[offset]!;
  }

  override add(row: number, cells: Float64Array, offset: number): void {
    this.pages.pageOf(row)[this.pages.offsetOf(row)]! += cells[offset]!;
  }

  override read(row: number, into: Float64Array): boolean {
    const value = this.pages.pageOf(row)[this.pages.offsetOf(row)]!;
    into[0] = value;
    return !Object.is(value, -0);
  }
}

class LastValueRows extends PagedRows {
  constructor(shared: SharedStore | undefined) {
    super([0, 0], shared);
  }

  override set(row: number, cells: Float64Array, offset: number): void {
    const page = this.pages.pageOf(row);
    const at = this.pages.offsetOf(row);
    page[at] = cells[offset]!;
    page[at + 1] = 1;
  }

  override add(row: number, cells: Float64Array, offset: number): void {
    this.set(row, cells, offset);
  }

  override read(row: number, into: Float64Array): boolean {
    const page = this.pages.pageOf(row);
    const at = this.pages.offsetOf(row);
    const isRecorded = page[at + 1] === 1;
    into[0] = page[at]!;
    return isRecorded;
  }
}

class ExplicitRows extends PagedRows {
  protected override readonly sumCell: number = EXPLICIT_CELLS.sum;

  constructor({ boundaries, recordMinMax }: ExplicitHistogram, shared: SharedStore | undefined) {
    super(emptyExplicitRow(boundaries, recordMinMax), shared);
  }

  override set(row: number, cells: Float64Array, offset: number): void {
    const page = this.pages.pageOf(row);
    const at = this.pages.offsetOf(row);
    for (let i = 0; i < this.readingLength; i++) page[at + i] = cells[offset + i]!;
  }

  override add(row: number, cells: Float64Array, offset: number): void {
    const { count, sum, min, max, buckets } = EXPLICIT_CELLS;
    const page = this.pages.pageOf(row);
    const at = this.pages.offsetOf(row);
    page[at + count]! += cells[offset + count]!;
    page[at + sum]! += cells[offset + sum]!;
    page[at + min] = Math.min(page[at + min]!, cells[offset + min]!);
    page[at + max] = Math.max(page[at + max]!, cells[offset + max]!);
    for (let i: number = buckets; i < this.readingLength; i++) page[at + i]! += cells[offset + i]!;
  }

  override repair(reading: Float64Array): void {
    let counted = 0;
    for (let i: number = EXPLICIT_CELLS.buckets; i < this.readingLength; i++) counted += reading[i]!;
    reading[EXPLICIT_CELLS.count] = counted;
  }

  // The writer counts the bucket first and the count last. The count is read first here, so it is the sum of the
  // buckets only if no recording overlapped.
  override read(row: number, into: Float64Array): boolean {
    const page = this.pages.pageOf(row);
    const at = this.pages.offsetOf(row);
    const count = page[at]!;
    into[0] = count;
    let counted = 0;
    for (let i = 1; i < this.readingLength; i++) into[i] = page[at + i]!;
    for (let i: number = EXPLICIT_CELLS.buckets; i < this.readingLength; i++) counted += into[i]!;
    return count > 0 && counted === count;
  }
}

class ExponentialCells implements Rows {
  readonly #rows: ExponentialRows;

  constructor(shape: ExponentialHistogram, shared: SharedStore | undefined) {
    this.#rows = new ExponentialRows(shape, shared);
  }

  get readingLength(): number {
    return this.#rows.readingLength;
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

  firstOf(row: number): number {
    return this.#rows.countOf(row);
  }

  repair(reading: Float64Array): void {
    const end = READING.counts + reading[READING.positiveLength]! + reading[READING.negativeLength]!;
    let counted = reading[READING.zeroCount]!;
    for (let cell: number = READING.counts; cell < end; cell++) counted += reading[cell]!;
    reading[READING.count] = counted;
  }

  sumOf(row: number): number {
    return this.#rows.pages.pageOf(row).cells[this.#rows.pages.offsetOf(row) + READING.sum]!;
  }

  raiseSum(row: number, least: number): void {
    const { cells } = this.#rows.pages.pageOf(row);
    const cell = this.#rows.pages.offsetOf(row) + READING.sum;
    if (cells[cell]! < least) cells[cell] = least;
  }

  read(row: number, into: Float64Array): boolean {
    return this.#rows.readWhole(row, into) && into[READING.count]! > 0;
  }

  adopt(part: Part, page: Float64Array): void {
    this.#rows.adopt(part, page);
  }
}
