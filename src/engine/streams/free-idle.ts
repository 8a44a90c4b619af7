import { OVERFLOW_ROW, type SeriesTable } from "../series/series-table.ts";

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
