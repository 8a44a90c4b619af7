/**
 * Last values of one stream: a row of two cells for each series, the value and whether there is one (1 or 0): any number
 * may be recorded, so that none is left to stand for "nothing recorded (this cycle)".
 */
import type { Attributes } from "@opentelemetry/api";
import { SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";
import { Pages } from "./pages.ts";
import { RowSequences } from "./row-sequences.ts";
import { MarkedHandle } from "./marked-handle.ts";
import { RowHandle } from "./row-handle.ts";
import type { Handle, Store } from "./store.ts";

const RECORDED = 1;

/** What a store of last values is made of: the table's options, and where its cells lie. */
export interface LastValueStoreOptions extends Omit<SeriesTableOptions, "onNewRow"> {
  /** Whether the cells lie on `SharedArrayBuffer`. @defaultValue false */
  readonly shared?: boolean;
}

/** The last values of one stream by series. Any number is kept, NaN and infinities too. */
export class LastValueStore implements Store {
  /** Series and their rows. */
  readonly series: SeriesTable;
  /** Cells: two a row. */
  readonly pages: Pages;
  /** The rows' sequence numbers, where the cells are shared. */
  readonly sequences: RowSequences | undefined;

  constructor({ shared = false, ...options }: LastValueStoreOptions) {
    this.pages = new Pages({ emptyRow: [0, 0], shared });
    this.sequences = shared ? new RowSequences() : undefined;
    this.series = new SeriesTable({ ...options, onNewRow: (row) => this.#reserve(row) });
  }

  /** Makes `value` the series' last one and answers its row (for exemplars). */
  record(value: number, attributes: Attributes | undefined): number {
    const row = this.series.rowOf(attributes);
    this.#put(row, value);
    return row;
  }

  /** Adds `difference` to the series' last value, or to 0, and returns the sum. */
  adjust(difference: number, attributes: Attributes | undefined): number {
    const row = this.series.rowOf(attributes);
    const value = this.valueOf(row) + difference;
    this.#put(row, value);
    return value;
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
    this.sequences?.mark(row);
    this.pages.clear(row);
    this.sequences?.mark(row);
  }

  /** A handle to the series of `attributes`, which stays its own until released. */
  bind(attributes: Attributes | undefined): Handle {
    const handle = new LastValueHandle(this, this.series.rowOf(attributes));
    return this.sequences === undefined ? handle : new MarkedHandle(handle, this.sequences);
  }

  #put(row: number, value: number): void {
    this.sequences?.mark(row);
    put(this.pages.pageOf(row), this.pages.offsetOf(row), value);
    this.sequences?.mark(row);
  }

  #reserve(row: number): void {
    this.pages.reserve(row);
    this.sequences?.reserve(row);
  }
}

/** A series' own cells. */
class LastValueHandle extends RowHandle {
  readonly #page: Float64Array;
  readonly #offset: number;

  constructor({ series, pages }: LastValueStore, row: number) {
    super(series, row);
    this.#page = pages.pageOf(row);
    this.#offset = pages.offsetOf(row);
  }

  /** Makes `value` the last one. */
  record(value: number): void {
    put(this.#page, this.#offset, value);
  }
}

function put(page: Float64Array, offset: number, value: number): void {
  page[offset] = value;
  page[offset + RECORDED] = 1;
}
