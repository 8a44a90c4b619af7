// One point of a series of histograms.
import type { HistogramBlock } from "../store/block.ts";
import { EXTREME_CELLS, type Extremes, NO_EXTREMES } from "../store/extremes.ts";
import { rowWidth } from "../store/held-blocks.ts";

/** A row, `[sum, bucket 0, …, bucket n]`, with its bounds, and the extremes recorded until then. */
export interface HistogramPoint {
  readonly bounds: Float64Array;
  readonly row: Float64Array;
  readonly extremes: Extremes;
}

/** A point before anything was recorded. */
export function emptyPoint(bounds: Float64Array): HistogramPoint {
  return { bounds, row: new Float64Array(rowWidth(bounds)), extremes: NO_EXTREMES };
}

/** The points of a block, decoded: a function that returns the one at an index. */
export function pointsOf(block: HistogramBlock): (index: number) => HistogramPoint {
  const { bounds } = block;
  const [rows, extremes] = [block.rows(), block.extremesOfRows()];
  const width = rowWidth(bounds);
  return (index) => ({
    bounds,
    row: rows.subarray(index * width, (index + 1) * width),
    extremes: { min: extremes[index * EXTREME_CELLS]!, max: extremes[index * EXTREME_CELLS + 1]! },
  });
}
