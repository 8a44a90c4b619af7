/** Base-2 exponential histograms of one stream, one for each series. */
import type { Attributes } from "@opentelemetry/api";
import type { ExponentialHistogram } from "@opentelemetry/sdk-metrics";
import { exponentialHistogramOf } from "./exponential-reading.ts";
import { ExponentialRows, type ExponentialShape } from "./exponential-rows.ts";
import type { MixedPage, MixedViews } from "./pages.ts";
import { type Handle, HistogramStore, RowHandle, type StoreOptions } from "./store.ts";

export interface ExponentialHistogramStoreOptions extends StoreOptions, ExponentialShape {}

export class ExponentialHistogramStore extends HistogramStore {
  readonly rows: ExponentialRows;

  constructor({ maxSize, maxScale, recordMinMax, ...options }: ExponentialHistogramStoreOptions) {
    const rows = new ExponentialRows({ maxSize, maxScale, recordMinMax }, options.shared);
    super(rows.pages, options);
    this.rows = rows;
  }

  /** Records a finite `value` in the series and returns its row (for exemplars). */
  override record(value: number, attributes: Attributes | undefined): number {
    const row = this.series.rowOf(attributes);
    this.sequences?.mark(row);
    const { pages } = this.rows;
    this.rows.record(pages.pageOf(row), pages.offsetOf(row), value);
    this.sequences?.mark(row);
    return row;
  }

  /** Histogram of a row. To read many rows without garbage, use `rows.read`, which writes to cells. */
  override valueOf(row: number): ExponentialHistogram {
    const reading = new Float64Array(this.rows.readingLength);
    this.rows.read(row, reading);
    return exponentialHistogramOf(reading);
  }

  override countOf(row: number): number {
    return this.rows.countOf(row);
  }

  protected override clear(row: number): void {
    this.rows.empty(row);
  }

  protected override handleTo(row: number): Handle {
    return new ExponentialHistogramHandle(this, row);
  }
}

class ExponentialHistogramHandle extends RowHandle {
  readonly #rows: ExponentialRows;
  readonly #page: MixedPage;
  readonly #offset: number;
  // Views of the row alone: with the offset in them, recording takes less time.
  readonly #views: MixedViews;

  constructor({ series, rows }: ExponentialHistogramStore, row: number) {
    super(series, row);
    this.#rows = rows;
    this.#page = rows.pages.pageOf(row);
    this.#offset = rows.pages.offsetOf(row);
    this.#views = rows.pages.viewsOf(row);
  }

  record(value: number): void {
    const rows = this.#rows;
    if (!rows.recordUsual(this.#views, 0, value)) rows.recordUnusual(this.#page, this.#offset, value);
  }
}
