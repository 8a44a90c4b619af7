import { READING } from "../aggregation/exponential-rows.ts";
import type { SeriesVisitor } from "../collection/series-source.ts";
import type { Pages } from "../aggregation/pages.ts";
import { ExponentialHistogramStore } from "../aggregation/exponential-histogram-store.ts";
import type { Cells } from "./live-series.ts";
import type { SyncStore } from "./stream-store.ts";

/** The cells of a store, to be walked in place. */
export function cellsOf(store: SyncStore): Cells {
  return store instanceof ExponentialHistogramStore ? new ReadCells(store) : new PagedCells(store);
}

/** A store whose rows are cells of pages. */
interface PagedStore {
  readonly pages: Pages;
  isRecorded(row: number): boolean;
}

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
