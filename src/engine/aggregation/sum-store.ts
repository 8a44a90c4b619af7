/**
 * Sums of one stream: a row of one cell for each series. The cell starts at -0, and -0 stands for "nothing recorded
 * (this cycle)", for which no mark is needed: -0 + v is v, and 0 for v = 0. No sum becomes -0 again.
 */
import type { Attributes } from "@opentelemetry/api";
import { SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";
import { Pages } from "./pages.ts";
import { RowHandle } from "./row-handle.ts";
import type { Handle, Store } from "./store.ts";

/** What a store of sums is made of: the table's options, and where its cells lie. */
export interface SumStoreOptions extends Omit<SeriesTableOptions, "onNewRow"> {
  /** Whether the cells lie on `SharedArrayBuffer`. @defaultValue false */
  readonly shared?: boolean;
}

/** The sums of one stream by series. Values are not checked here: an instrument refuses what is none. */
export class SumStore implements Store {
  /** Series and their rows. */
  readonly series: SeriesTable;
  /** Cells: one a row. */
  readonly pages: Pages;

  constructor({ shared = false, ...options }: SumStoreOptions) {
    this.pages = new Pages({ emptyRow: [-0], shared });
    this.series = new SeriesTable({ ...options, onNewRow: (row) => this.pages.reserve(row) });
  }

  /** Adds a finite `value` to the series and answers its row (for exemplars). */
  record(value: number, attributes: Attributes | undefined): number {
    const row = this.series.rowOf(attributes);
    // A value of -0 counts as recorded too: -0 + 0 is 0.
    this.pages.pageOf(row)[this.pages.offsetOf(row)]! += value + 0;
    return row;
  }

  /** The row's sum; -0 where nothing was recorded. */
  valueOf(row: number): number {
    return this.pages.pageOf(row)[this.pages.offsetOf(row)]!;
  }

  /** Whether anything was recorded in the row since it was made or emptied. */
  isRecorded(row: number): boolean {
    return !Object.is(this.valueOf(row), -0);
  }

  /** Puts the row back to "nothing recorded". */
  empty(row: number): void {
    this.pages.clear(row);
  }

  /** A handle to the series of `attributes`, which stays its own until released. */
  bind(attributes: Attributes | undefined): SumHandle {
    return new SumHandle(this, this.series.rowOf(attributes));
  }
}

/** A series' own cell: adding is one memory access. */
export class SumHandle extends RowHandle implements Handle {
  readonly #page: Float64Array;
  readonly #offset: number;

  constructor({ series, pages }: SumStore, row: number) {
    super(series, row);
    this.#page = pages.pageOf(row);
    this.#offset = pages.offsetOf(row);
  }

  /** Adds a finite `value`. */
  record(value: number): void {
    this.#page[this.#offset]! += value + 0;
  }
}
