/** Histograms with fixed boundaries of one stream: a row of cells for each series, as `recordExplicit` lays it out. */
import type { Attributes } from "@opentelemetry/api";
import type { Histogram } from "@opentelemetry/sdk-metrics";
import {
  COUNT,
  emptyExplicitRow,
  explicitHistogramOf,
  recordExplicit,
  searchBounds,
} from "../aggregation/explicit-histogram.ts";
import { SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";
import { Pages } from "../storage/pages.ts";

/** What a store of histograms is made of: the table's options, its shape, and where its cells lie. */
export interface ExplicitHistogramStoreOptions extends Omit<SeriesTableOptions, "onNewRow"> {
  /** Inclusive upper bounds, finite, in rising order. */
  readonly boundaries: readonly number[];
  /** Whether min and max are kept. */
  readonly recordMinMax: boolean;
  /** Whether the cells lie on `SharedArrayBuffer`. @defaultValue false */
  readonly shared?: boolean;
}

/** The histograms of one stream by series. Values are not checked here: an instrument refuses what is none. */
export class ExplicitHistogramStore {
  /** Series and their rows. */
  readonly series: SeriesTable;
  /** Cells: count, sum, min, max and the buckets' counts. */
  readonly pages: Pages;
  /** Inclusive upper bounds, in rising order. */
  readonly boundaries: readonly number[];
  /** The boundaries as recording searches them. */
  readonly bounds: Float64Array;

  constructor({ boundaries, recordMinMax, shared = false, ...options }: ExplicitHistogramStoreOptions) {
    this.boundaries = boundaries;
    this.bounds = searchBounds(boundaries);
    this.pages = new Pages({ emptyRow: emptyExplicitRow(boundaries, recordMinMax), shared });
    this.series = new SeriesTable({ ...options, onNewRow: (row) => this.pages.reserve(row) });
  }

  /** Records a finite `value` in the series and answers its row (for exemplars). */
  record(value: number, attributes: Attributes | undefined): number {
    const row = this.series.rowOf(attributes);
    recordExplicit(this.pages.pageOf(row), this.pages.offsetOf(row), this.bounds, value);
    return row;
  }

  /** The row's histogram. */
  valueOf(row: number): Histogram {
    return explicitHistogramOf(this.pages.pageOf(row), this.pages.offsetOf(row), this.boundaries);
  }

  /** Whether anything was recorded in the row since it was made or emptied. */
  isRecorded(row: number): boolean {
    return this.pages.pageOf(row)[this.pages.offsetOf(row) + COUNT]! > 0;
  }

  /** Puts the row back to "nothing recorded". */
  empty(row: number): void {
    this.pages.clear(row);
  }

  /** A handle to the series of `attributes`, which stays its own until released. */
  bind(attributes: Attributes | undefined): ExplicitHistogramHandle {
    const row = this.series.rowOf(attributes);
    this.series.retain(row);
    return new ExplicitHistogramHandle(this, row);
  }
}

/** A series' own histogram. */
export class ExplicitHistogramHandle {
  /** The row that is held. */
  readonly row: number;
  /** The row's page: the same object for ever. */
  readonly page: Float64Array;
  /** Where the row's cells are on its page. */
  readonly offset: number;
  readonly #store: ExplicitHistogramStore;
  readonly #bounds: Float64Array;
  #held = true;

  constructor(store: ExplicitHistogramStore, row: number) {
    this.#store = store;
    this.#bounds = store.bounds;
    this.row = row;
    this.page = store.pages.pageOf(row);
    this.offset = store.pages.offsetOf(row);
  }

  /** Records a finite `value`. */
  record(value: number): void {
    recordExplicit(this.page, this.offset, this.#bounds, value);
  }

  /** Lets go of the series: a time to live or a cycle of deltas may free its row. Later calls do nothing. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#store.series.release(this.row);
  }
}
