/**
 * Sums of one stream, with a row of one cell for each series. The cell starts at -0, which means "nothing
 * recorded (this cycle)". No separate mark is needed: -0 + v is v, and 0 if v is 0. No sum becomes -0 again.
 */
import type { Attributes } from "@opentelemetry/api";
import { Pages } from "./pages.ts";
import { type Handle, memoryOf, PARTS, RowHandle, RowStore, type StoreOptions } from "./store.ts";

export class SumStore extends RowStore {
  readonly pages: Pages;

  constructor(options: StoreOptions) {
    const pages = new Pages({ emptyRow: [-0], memory: memoryOf(options.shared, PARTS.rows) });
    // A single cell is never torn.
    super(pages, options, false);
    this.pages = pages;
  }

  /** Adds a finite `value` to the series and returns its row (for exemplars). */
  override record(value: number, attributes: Attributes | undefined): number {
    const row = this.series.rowOf(attributes);
    // A value of -0 counts as recorded too: -0 + 0 is 0.
    this.pages.pageOf(row)[this.pages.offsetOf(row)]! += value + 0;
    return row;
  }

  /** Sum of the row; -0 if nothing was recorded. */
  override valueOf(row: number): number {
    return this.pages.pageOf(row)[this.pages.offsetOf(row)]!;
  }

  override isRecorded(row: number): boolean {
    return !Object.is(this.valueOf(row), -0);
  }

  protected override clear(row: number): void {
    this.pages.clear(row);
  }

  protected override handleTo(row: number): Handle {
    return new SumHandle(this, row);
  }
}

/** Handle to the cell of one series: adding is one memory access. */
class SumHandle extends RowHandle implements Handle {
  readonly #page: Float64Array;
  readonly #offset: number;

  constructor({ series, pages }: SumStore, row: number) {
    super(series, row);
    this.#page = pages.pageOf(row);
    this.#offset = pages.offsetOf(row);
  }

  record(value: number): void {
    this.#page[this.#offset]! += value + 0;
  }
}
