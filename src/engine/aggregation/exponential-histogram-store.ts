/** Base-2 exponential histograms of one stream, one for each series. */
import type { Attributes } from "@opentelemetry/api";
import type { ExponentialHistogram } from "@opentelemetry/sdk-metrics";
import { exponentialHistogramOf } from "./exponential-histogram.ts";
import { ExponentialRows, type ExponentialShape } from "./exponential-rows.ts";
import type { MixedPage } from "./mixed-pages.ts";
import { SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";
import { RowSequences } from "./row-sequences.ts";
import { MarkedHandle } from "./marked-handle.ts";
import { RowHandle } from "./row-handle.ts";
import type { Handle, Store } from "./store.ts";

/** What a store of histograms is made of: the table's options, its shape, and where its cells lie. */
export interface ExponentialHistogramStoreOptions
  extends Omit<SeriesTableOptions, "onNewRow">, ExponentialShape {
  /** Whether the cells lie on `SharedArrayBuffer`. @defaultValue false */
  readonly shared?: boolean;
}

/** The histograms of one stream by series. Values are not checked here: an instrument refuses what is none. */
export class ExponentialHistogramStore implements Store {
  /** Series and their rows. */
  readonly series: SeriesTable;
  /** The series' histograms, under the same rows. */
  readonly rows: ExponentialRows;
  /** The rows' sequence numbers, where the cells are shared. */
  readonly sequences: RowSequences | undefined;
  readonly #shownEmpty = new Set<number>();

  constructor({
    maxSize,
    maxScale,
    recordMinMax,
    shared = false,
    ...options
  }: ExponentialHistogramStoreOptions) {
    this.rows = new ExponentialRows({ maxSize, maxScale, recordMinMax }, shared);
    this.sequences = shared ? new RowSequences() : undefined;
    this.series = new SeriesTable({ ...options, onNewRow: (row) => this.#reserve(row) });
  }

  /** Records a finite `value` in the series and answers its row (for exemplars). */
  record(value: number, attributes: Attributes | undefined): number {
    const row = this.series.rowOf(attributes);
    this.sequences?.mark(row);
    this.rows.record(this.rows.pageOf(row), this.rows.offsetOf(row), value);
    this.sequences?.mark(row);
    return row;
  }

  /** The row's histogram. To read many rows without garbage, let `rows.read` write them to cells. */
  valueOf(row: number): ExponentialHistogram {
    const reading = new Float64Array(this.rows.readingLength);
    this.rows.read(row, reading);
    return exponentialHistogramOf(reading);
  }

  /** Whether anything was recorded in the row since it was made or emptied, or it is shown empty. */
  isRecorded(row: number): boolean {
    return this.rows.countOf(row) > 0 || this.#shownEmpty.has(row);
  }

  /** Puts the row back to "nothing recorded". */
  empty(row: number): void {
    this.#shownEmpty.delete(row);
    this.sequences?.mark(row);
    this.rows.empty(row);
    this.sequences?.mark(row);
  }

  /** Has the row exported though nothing was recorded in it, until it is put back. */
  showEmpty(row: number): void {
    this.#shownEmpty.add(row);
  }

  /** A handle to the series of `attributes`, which stays its own until released. */
  bind(attributes: Attributes | undefined): Handle {
    const handle = new ExponentialHistogramHandle(this, this.series.rowOf(attributes));
    return this.sequences === undefined ? handle : new MarkedHandle(handle, this.sequences);
  }

  #reserve(row: number): void {
    this.rows.reserve(row);
    this.sequences?.reserve(row);
  }
}

/** A series' own histogram. */
class ExponentialHistogramHandle extends RowHandle {
  readonly #rows: ExponentialRows;
  readonly #page: MixedPage;
  readonly #offset: number;

  constructor({ series, rows }: ExponentialHistogramStore, row: number) {
    super(series, row);
    this.#rows = rows;
    this.#page = rows.pageOf(row);
    this.#offset = rows.offsetOf(row);
  }

  /** Records a finite `value`. */
  record(value: number): void {
    this.#rows.record(this.#page, this.#offset, value);
  }
}
