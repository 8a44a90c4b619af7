/**
 * Sums of one stream: a row of one cell for each series. The cell starts at -0 and -0 stands for "nothing recorded
 * (this cycle)", for which no mark is needed: -0 + v is v, and 0 for v = 0.
 */
import type { Attributes } from "@opentelemetry/api";
import { OVERFLOW_ROW, SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";
import { Pages } from "../storage/pages.ts";

/** What a store of sums is made of: the table's options, and where its cells lie. */
export interface SumStoreOptions extends Omit<SeriesTableOptions, "onNewRow"> {
  /** Whether the cells lie on `SharedArrayBuffer`. @defaultValue false */
  readonly shared?: boolean;
}

/** The sums of one stream by series. Values are not checked here: an instrument refuses what is none. */
export class SumStore {
  /** Series and their rows. */
  readonly series: SeriesTable;
  /** Cells: one a row. */
  readonly pages: Pages;

  constructor(options: SumStoreOptions) {
    this.pages = new Pages({
      emptyRow: [-0],
      ...(options.shared === undefined ? {} : { shared: options.shared }),
    });
    this.series = new SeriesTable({ ...options, onNewRow: (row) => this.pages.reserve(row) });
  }

  /** Adds a finite `value` to the series and answers its row (for exemplars). */
  add(value: number, attributes: Attributes | undefined): number {
    const row = this.series.rowOf(attributes);
    this.pages.pageOf(row)[this.pages.offsetOf(row)]! += value;
    return row;
  }

  /** Makes `value` the series' sum, as observations do; in overflow it is added to what is there. Answers the row. */
  set(value: number, attributes: Attributes | undefined): number {
    const row = this.series.rowOf(attributes);
    const page = this.pages.pageOf(row);
    const offset = this.pages.offsetOf(row);
    page[offset] = (row === OVERFLOW_ROW ? page[offset]! : 0) + value;
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
    const row = this.series.rowOf(attributes);
    this.series.retain(row);
    return new SumHandle(this, row);
  }
}

/** A series' own cell: adding is one memory access. */
export class SumHandle {
  /** The row that is held. */
  readonly row: number;
  /** The row's page: the same object for ever. */
  readonly page: Float64Array;
  /** Where the row's cell is on its page. */
  readonly offset: number;
  readonly #store: SumStore;
  #held = true;

  constructor(store: SumStore, row: number) {
    this.#store = store;
    this.row = row;
    this.page = store.pages.pageOf(row);
    this.offset = store.pages.offsetOf(row);
  }

  /** Adds a finite `value`. */
  add(value: number): void {
    this.page[this.offset]! += value;
  }

  /** Lets go of the series: a time to live or a cycle of deltas may free its row. Later calls do nothing. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#store.series.release(this.row);
  }
}
