/**
 * Last values of one stream: a row of two cells for each series, the value and whether there is one (1 or 0): any number
 * may be recorded, so that none is left to stand for "nothing recorded (this cycle)".
 */
import type { Attributes } from "@opentelemetry/api";
import { Pages } from "./pages.ts";
import { type Handle, RowHandle, RowStore, type StoreOptions } from "./store.ts";

const RECORDED = 1;

/** The last values of one stream by series. Any number is kept, NaN and infinities too. */
export class LastValueStore extends RowStore {
  readonly pages: Pages;

  constructor(options: StoreOptions) {
    const pages = new Pages({ emptyRow: [0, 0], shared: options.shared });
    super(pages, options);
    this.pages = pages;
  }

  /** Makes `value` the series' last one and answers its row (for exemplars). */
  override record(value: number, attributes: Attributes | undefined): number {
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

  override valueOf(row: number): number {
    return this.pages.pageOf(row)[this.pages.offsetOf(row)]!;
  }

  override isRecorded(row: number): boolean {
    return this.pages.pageOf(row)[this.pages.offsetOf(row) + RECORDED] === 1;
  }

  protected override clear(row: number): void {
    this.pages.clear(row);
  }

  protected override handleTo(row: number): Handle {
    return new LastValueHandle(this, row);
  }

  #put(row: number, value: number): void {
    this.sequences?.mark(row);
    put(this.pages.pageOf(row), this.pages.offsetOf(row), value);
    this.sequences?.mark(row);
  }
}

class LastValueHandle extends RowHandle {
  readonly #page: Float64Array;
  readonly #offset: number;

  constructor({ series, pages }: LastValueStore, row: number) {
    super(series, row);
    this.#page = pages.pageOf(row);
    this.#offset = pages.offsetOf(row);
  }

  record(value: number): void {
    put(this.#page, this.#offset, value);
  }
}

function put(page: Float64Array, offset: number, value: number): void {
  page[offset] = value;
  page[offset + RECORDED] = 1;
}
