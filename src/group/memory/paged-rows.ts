/** Rows of cells that are in pages. Attributes are kept elsewhere. */
import { Pages } from "../../engine/aggregation/pages.ts";
import type { RowGrowth } from "../../engine/aggregation/row-growth.ts";
import { memoryOf, type Part, PARTS, type SharedStore } from "../../engine/aggregation/store.ts";

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

export abstract class PagedRows implements Rows {
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
