/** Series as they are at the moment of the walk: what cumulative readers are given. */
import type { Attributes } from "@opentelemetry/api";
import type { SeriesSource, SeriesVisitor } from "../collection/series-source.ts";
import type { Exemplar } from "../exemplars/reservoir.ts";
import type { SeriesExemplars } from "../exemplars/series-exemplars.ts";
import { type SeriesTable, OVERFLOW_ROW } from "../series/series-table.ts";
import { READING } from "../aggregation/exponential-rows.ts";
import { ExponentialHistogramStore } from "../aggregation/exponential-histogram-store.ts";
import type { SyncStore } from "./stream-store.ts";

/** Where a store's cells are. A position is a row. */
export interface Cells {
  isRecorded(row: number): boolean;
  /** Shows the visitor the row's cells, and allocates nothing. */
  show(row: number, visitor: SeriesVisitor): void;
  /** How many of the shown cells say something. */
  lengthOf(cells: Float64Array, offset: number): number;
}

export class LiveSeries implements SeriesSource {
  readonly #cells: Cells;
  readonly #series: SeriesTable;
  readonly #exemplars: SeriesExemplars;
  readonly #startTime: (() => number) | undefined;

  /** @param startTime gives the start of all series, in milliseconds since the epoch; without it each has its own. */
  constructor(cells: Cells, series: SeriesTable, exemplars: SeriesExemplars, startTime?: () => number) {
    this.#cells = cells;
    this.#series = series;
    this.#exemplars = exemplars;
    this.#startTime = startTime;
  }

  get length(): number {
    return this.#series.rowCount;
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
    return this.#series.pairsOf(row, ids);
  }

  attributesOf(row: number): Attributes {
    return this.#series.attributesOf(row);
  }

  startTimeOf(row: number): number {
    // No `??`, for which V8 would make an object of each number (`bench`: garbage of a collection to bytes).
    return this.#startTime === undefined ? this.#series.startTimeOf(row) : this.#startTime();
  }

  exemplarsOf(row: number): readonly Exemplar[] {
    return this.#exemplars.collect(row, this.#series);
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

/** Ends the time to live of all rows but the overflow's: frees those that nobody used for so long. */
export function freeIdle(
  series: SeriesTable,
  unixMillis: number,
  timeToLiveMillis: number,
  onFreed: (row: number) => void,
): void {
  series.advanceActivity(unixMillis);
  for (let row = OVERFLOW_ROW + 1; row < series.rowCount; row++) {
    const isOver = series.isLive(row) && series.isIdle(row, unixMillis - timeToLiveMillis);
    if (isOver && series.free(row)) onFreed(row);
  }
}
