/** Base-2 exponential histograms of one stream, one for each series. */
import type { Attributes } from "@opentelemetry/api";
import type { ExponentialHistogram } from "@opentelemetry/sdk-metrics";
import { exponentialHistogramOf } from "../aggregation/exponential-histogram.ts";
import { ExponentialRows, type ExponentialShape } from "../aggregation/exponential-rows.ts";
import type { MixedPage } from "../aggregation/mixed-pages.ts";
import { SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";

/** What a store of histograms is made of: the table's options, its shape, and where its cells lie. */
export interface ExponentialHistogramStoreOptions
  extends Omit<SeriesTableOptions, "onNewRow">, ExponentialShape {
  /** Whether the cells lie on `SharedArrayBuffer`. @defaultValue false */
  readonly shared?: boolean;
}

/** The histograms of one stream by series. Values are not checked here: an instrument refuses what is none. */
export class ExponentialHistogramStore {
  /** Series and their rows. */
  readonly series: SeriesTable;
  /** The series' histograms, under the same rows. */
  readonly rows: ExponentialRows;

  constructor({
    maxSize,
    maxScale,
    recordMinMax,
    shared = false,
    ...options
  }: ExponentialHistogramStoreOptions) {
    this.rows = new ExponentialRows({ maxSize, maxScale, recordMinMax }, shared);
    this.series = new SeriesTable({ ...options, onNewRow: (row) => this.rows.reserve(row) });
  }

  /** Records a finite `value` in the series and answers its row (for exemplars). */
  record(value: number, attributes: Attributes | undefined): number {
    const row = this.series.rowOf(attributes);
    this.rows.record(this.rows.pageOf(row), this.rows.offsetOf(row), value);
    return row;
  }

  /** The row's histogram. To read many rows without garbage, let `rows.read` write them to cells. */
  valueOf(row: number): ExponentialHistogram {
    const reading = new Float64Array(this.rows.readingLength);
    this.rows.read(row, reading);
    return exponentialHistogramOf(reading);
  }

  /** Whether anything was recorded in the row since it was made or emptied. */
  isRecorded(row: number): boolean {
    return this.rows.countOf(row) > 0;
  }

  /** Puts the row back to "nothing recorded". */
  empty(row: number): void {
    this.rows.empty(row);
  }

  /** A handle to the series of `attributes`, which stays its own until released. */
  bind(attributes: Attributes | undefined): ExponentialHistogramHandle {
    const row = this.series.rowOf(attributes);
    this.series.retain(row);
    return new ExponentialHistogramHandle(this, row);
  }
}

/** A series' own histogram. */
export class ExponentialHistogramHandle {
  /** The row that is held. */
  readonly row: number;
  readonly #store: ExponentialHistogramStore;
  readonly #rows: ExponentialRows;
  readonly #page: MixedPage;
  readonly #offset: number;
  #held = true;

  constructor(store: ExponentialHistogramStore, row: number) {
    this.#store = store;
    this.#rows = store.rows;
    this.row = row;
    this.#page = store.rows.pageOf(row);
    this.#offset = store.rows.offsetOf(row);
  }

  /** Records a finite `value`. */
  record(value: number): void {
    this.#rows.record(this.#page, this.#offset, value);
  }

  /** Lets go of the series: a time to live or a cycle of deltas may free its row. Later calls do nothing. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#store.series.release(this.row);
  }
}
