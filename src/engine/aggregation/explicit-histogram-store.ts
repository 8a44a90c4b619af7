/** Histograms with fixed boundaries of one stream: a row of cells for each series, as `recordExplicit` lays it out. */
import type { Attributes } from "@opentelemetry/api";
import type { Histogram } from "@opentelemetry/sdk-metrics";
import {
  COUNT,
  emptyExplicitRow,
  explicitHistogramOf,
  recordExplicit,
  searchBounds,
} from "./explicit-histogram.ts";
import { SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";
import { Pages } from "./pages.ts";
import { RowSequences } from "./row-sequences.ts";
import { MarkedHandle } from "./marked-handle.ts";
import { RowHandle } from "./row-handle.ts";
import type { Handle, Store } from "./store.ts";

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
export class ExplicitHistogramStore implements Store {
  /** Series and their rows. */
  readonly series: SeriesTable;
  /** Cells: count, sum, min, max and the buckets' counts. */
  readonly pages: Pages;
  /** Inclusive upper bounds, in rising order. */
  readonly boundaries: readonly number[];
  /** The boundaries as recording searches them. */
  readonly bounds: Float64Array;
  /** The rows' sequence numbers, where the cells are shared. */
  readonly sequences: RowSequences | undefined;
  readonly #shownEmpty = new Set<number>();

  constructor({ boundaries, recordMinMax, shared = false, ...options }: ExplicitHistogramStoreOptions) {
    this.boundaries = boundaries;
    this.bounds = searchBounds(boundaries);
    this.pages = new Pages({ emptyRow: emptyExplicitRow(boundaries, recordMinMax), shared });
    this.sequences = shared ? new RowSequences() : undefined;
    this.series = new SeriesTable({ ...options, onNewRow: (row) => this.#reserve(row) });
  }

  /** Records a finite `value` in the series and answers its row (for exemplars). */
  record(value: number, attributes: Attributes | undefined): number {
    const row = this.series.rowOf(attributes);
    this.sequences?.mark(row);
    recordExplicit(this.pages.pageOf(row), this.pages.offsetOf(row), this.bounds, value);
    this.sequences?.mark(row);
    return row;
  }

  /** The row's histogram. */
  valueOf(row: number): Histogram {
    return explicitHistogramOf(this.pages.pageOf(row), this.pages.offsetOf(row), this.boundaries);
  }

  /** Whether anything was recorded in the row since it was made or emptied, or it is shown empty. */
  isRecorded(row: number): boolean {
    return this.pages.pageOf(row)[this.pages.offsetOf(row) + COUNT]! > 0 || this.#shownEmpty.has(row);
  }

  /** Puts the row back to "nothing recorded". */
  empty(row: number): void {
    this.#shownEmpty.delete(row);
    this.sequences?.mark(row);
    this.pages.clear(row);
    this.sequences?.mark(row);
  }

  /** Has the row exported though nothing was recorded in it, until it is put back. */
  showEmpty(row: number): void {
    this.#shownEmpty.add(row);
  }

  /** A handle to the series of `attributes`, which stays its own until released. */
  bind(attributes: Attributes | undefined): Handle {
    const handle = new ExplicitHistogramHandle(this, this.series.rowOf(attributes));
    return this.sequences === undefined ? handle : new MarkedHandle(handle, this.sequences);
  }

  #reserve(row: number): void {
    this.pages.reserve(row);
    this.sequences?.reserve(row);
  }
}

/** A series' own histogram. */
class ExplicitHistogramHandle extends RowHandle {
  // The row alone: with the offset in the view, and not in each index, recording takes a seventh less.
  readonly #cells: Float64Array;
  readonly #bounds: Float64Array;

  constructor({ series, pages, bounds }: ExplicitHistogramStore, row: number) {
    super(series, row);
    const offset = pages.offsetOf(row);
    this.#cells = pages.pageOf(row).subarray(offset, offset + pages.width);
    this.#bounds = bounds;
  }

  /** Records a finite `value`. */
  record(value: number): void {
    recordExplicit(this.#cells, 0, this.#bounds, value);
  }
}
