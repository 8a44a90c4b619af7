/**
 * Last values of one stream: a row of two cells for each series, the value and whether there is one (1 or 0): any number
 * may be recorded, so that none is left to stand for "nothing recorded (this cycle)".
 */
import type { Attributes } from "@opentelemetry/api";
import { SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";
import { Pages } from "../storage/pages.ts";

const RECORDED = 1;

/** What a store of last values is made of: the table's options, and where its cells lie. */
export interface LastValueStoreOptions extends Omit<SeriesTableOptions, "onNewRow"> {
  /** Whether the cells lie on `SharedArrayBuffer`. @defaultValue false */
  readonly shared?: boolean;
}

/** The last values of one stream by series. Any number is kept, NaN and infinities too. */
export class LastValueStore {
  /** Series and their rows. */
  readonly series: SeriesTable;
  /** Cells: two a row. */
  readonly pages: Pages;

  constructor({ shared = false, ...options }: LastValueStoreOptions) {
    this.pages = new Pages({ emptyRow: [0, 0], shared });
    this.series = new SeriesTable({ ...options, onNewRow: (row) => this.pages.reserve(row) });
  }

  /** Makes `value` the series' last one and answers its row (for exemplars). */
  record(value: number, attributes: Attributes | undefined): number {
    const row = this.series.rowOf(attributes);
    const page = this.pages.pageOf(row);
    const offset = this.pages.offsetOf(row);
    page[offset] = value;
    page[offset + RECORDED] = 1;
    return row;
  }

  /** The row's value; 0 where nothing was recorded. */
  valueOf(row: number): number {
    return this.pages.pageOf(row)[this.pages.offsetOf(row)]!;
  }

  /** Whether anything was recorded in the row since it was made or emptied. */
  isRecorded(row: number): boolean {
    return this.pages.pageOf(row)[this.pages.offsetOf(row) + RECORDED] === 1;
  }

  /** Puts the row back to "nothing recorded". */
  empty(row: number): void {
    this.pages.clear(row);
  }

  /** A handle to the series of `attributes`, which stays its own until released. */
  bind(attributes: Attributes | undefined): LastValueHandle {
    const row = this.series.rowOf(attributes);
    this.series.retain(row);
    return new LastValueHandle(this, row);
  }
}

/** A series' own cells. */
export class LastValueHandle {
  /** The row that is held. */
  readonly row: number;
  /** The row's page: the same object for ever. */
  readonly page: Float64Array;
  /** Where the row's cells are on its page. */
  readonly offset: number;
  readonly #store: LastValueStore;
  #held = true;

  constructor(store: LastValueStore, row: number) {
    this.#store = store;
    this.row = row;
    this.page = store.pages.pageOf(row);
    this.offset = store.pages.offsetOf(row);
  }

  /** Makes `value` the last one. */
  record(value: number): void {
    this.page[this.offset] = value;
    this.page[this.offset + RECORDED] = 1;
  }

  /** Lets go of the series: a time to live or a cycle of deltas may free its row. Later calls do nothing. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#store.series.release(this.row);
  }
}
