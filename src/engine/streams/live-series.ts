/** Series with their values at the moment of the walk, for cumulative readers. */
import type { Attributes } from "@opentelemetry/api";
import type { OnSeriesEnd, SeriesSource, SeriesVisitor } from "../collection/series-source.ts";
import type { Exemplar } from "../exemplars/reservoir.ts";
import type { SeriesExemplars } from "../exemplars/series-exemplars.ts";
import { type SeriesTable, OVERFLOW_ROW } from "../series/series-table.ts";
import { READING } from "../aggregation/exponential-reading.ts";
import { ExponentialHistogramStore } from "../aggregation/exponential-histogram-store.ts";
import type { SyncStore } from "./stream-store.ts";

/** The cells of a store. Positions are rows. */
export interface Cells {
  isRecorded(row: number): boolean;
  /** Calls the visitor with the row's cells. Allocates nothing. */
  show(row: number, visitor: SeriesVisitor): void;
  /** Number of used cells. */
  lengthOf(cells: Float64Array, offset: number): number;
}

export class LiveSeries implements SeriesSource {
  readonly #cells: Cells;
  readonly table: SeriesTable;
  readonly #exemplars: SeriesExemplars;
  readonly #startTime: (() => number) | undefined;
  #onEnd: OnSeriesEnd | undefined;

  /**
   * @param startTime returns the start of all series, in milliseconds since the epoch. Without it each series has its
   * own.
   */
  constructor(cells: Cells, series: SeriesTable, exemplars: SeriesExemplars, startTime?: () => number) {
    this.#cells = cells;
    this.table = series;
    this.#exemplars = exemplars;
    this.#startTime = startTime;
  }

  get length(): number {
    return this.table.rowCount;
  }

  get hasExemplars(): boolean {
    return !this.#exemplars.isEmpty;
  }

  get version(): number | undefined {
    return this.#startTime === undefined ? this.table.version : undefined;
  }

  get isEmpty(): boolean {
    for (let row = 0; row < this.length; row++) if (this.#cells.isRecorded(row)) return false;
    return true;
  }

  visit(from: number, to: number, visitor: SeriesVisitor): void {
    const end = Math.min(to, this.length);
    for (let row = from; row < end; row++) if (this.#cells.isRecorded(row)) this.#cells.show(row, visitor);
  }

  pairsOf(row: number, ids: Int32Array): number {
    return this.table.pairsOf(row, ids);
  }

  attributesOf(row: number): Attributes {
    return this.table.attributesOf(row);
  }

  startTimeOf(row: number): number {
    // Without `??`, for which V8 would allocate an object per number (`bench`: garbage of a collection to bytes).
    return this.#startTime === undefined ? this.table.startTimeOf(row) : this.#startTime();
  }

  exemplarsOf(row: number): readonly Exemplar[] {
    return this.#exemplars.collect(row, this.table);
  }

  watch(onEnd: OnSeriesEnd): void {
    this.#onEnd = onEnd;
  }

  /** Notifies the watcher of the end of a row's series. Returns its last cells; `undefined` if nothing is recorded in it. */
  end(row: number, isRemoved: boolean): Float64Array | undefined {
    let last: Float64Array | undefined;
    this.visit(row, row + 1, {
      series: (cells, offset) => (last = cells.slice(offset, offset + this.#cells.lengthOf(cells, offset))),
    });
    if (last !== undefined) this.#onEnd?.(last, row, isRemoved);
    return last;
  }
}

export function cellsOf(store: SyncStore): Cells {
  return store instanceof ExponentialHistogramStore ? new ReadCells(store) : new PagedCells(store);
}

type PagedStore = Exclude<SyncStore, ExponentialHistogramStore>;

class PagedCells implements Cells {
  readonly #store: PagedStore;

  constructor(store: PagedStore) {
    this.#store = store;
  }

  isRecorded(row: number): boolean {
    return this.#store.isRecorded(row);
  }

  show(row: number, visitor: SeriesVisitor): void {
    const { pages } = this.#store;
    visitor.series(pages.pageOf(row), pages.offsetOf(row), row);
  }

  lengthOf(): number {
    return this.#store.pages.width;
  }
}

class ReadCells implements Cells {
  readonly #store: ExponentialHistogramStore;
  readonly #reading: Float64Array;

  constructor(store: ExponentialHistogramStore) {
    this.#store = store;
    this.#reading = new Float64Array(store.rows.readingLength);
  }

  isRecorded(row: number): boolean {
    return this.#store.isRecorded(row);
  }

  show(row: number, visitor: SeriesVisitor): void {
    this.#store.rows.read(row, this.#reading);
    visitor.series(this.#reading, 0, row);
  }

  lengthOf(cells: Float64Array, offset: number): number {
    return READING.counts + cells[offset + READING.positiveLength]! + cells[offset + READING.negativeLength]!;
  }
}

/** When idle series are removed. */
export interface IdleSettings {
  /** Time after which an idle series is removed; `Infinity` for never. May change if activity is tracked. */
  readonly timeToLiveMillis: number;
  /** Whether the time of each series' last use is known. */
  readonly tracksActivity: boolean;
}

/** Frees the rows that were not used for the time to live, except for the overflow row. */
export function freeIdle(series: SeriesTable, timeToLiveMillis: number, free: (row: number) => void): void {
  // The clock may be set.
  const nowMillis = performance.now();
  series.advanceActivity(nowMillis);
  for (let row = OVERFLOW_ROW + 1; row < series.rowCount; row++) {
    const isOver = series.isLive(row) && series.isIdle(row, nowMillis - timeToLiveMillis);
    if (isOver) free(row);
  }
}
