/**
 * Last values of one stream. Each series has a row of two cells: the value, and 1 if one was recorded,
 * otherwise 0. No value could stand for "nothing recorded (this cycle)", since any number may be recorded.
 */
import type { Attributes } from "@opentelemetry/api";
import { Pages } from "./pages.ts";
import { type Handle, memoryOf, PARTS, RowHandle, RowStore, type StoreOptions } from "./store.ts";

const RECORDED = 1;

/** Last values of one stream by series. Any number is kept, including NaN and infinities. */
export class LastValueStore extends RowStore {
  readonly pages: Pages;

  constructor(options: StoreOptions) {
    const pages = new Pages({ emptyRow: [0, 0], memory: memoryOf(options.shared, PARTS.rows) });
    super(pages, options);
    this.pages = pages;
  }

  /** Sets the last value of the series and returns its row (for exemplars). */
  override record(value: number, attributes: Attributes | undefined): number {
    const row = this.series.rowOf(attributes);
    this.#put(row, value);
    return row;
  }

  /** Adds `difference` to the series' last value, or to 0. Returns its row. */
  adjust(difference: number, attributes: Attributes | undefined): number {
    const row = this.series.rowOf(attributes);
    this.#put(row, this.valueOf(row) + difference);
    return row;
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
