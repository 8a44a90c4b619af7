import type { SeriesTable } from "../series/series-table.ts";

/** Holds the row of one series, so that it is given to no other. */
export class RowHandle {
  /** The row that is held. */
  readonly row: number;
  readonly #series: SeriesTable;
  #held = true;

  constructor(series: SeriesTable, row: number) {
    series.retain(row);
    this.#series = series;
    this.row = row;
  }

  /** Lets go of the series: a time to live or a cycle of deltas may free its row. Later calls do nothing. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#series.release(this.row);
  }
}
