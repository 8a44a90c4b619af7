// Blocks whose points are in memory: of heads, of samples, and of chunks that had to be merged.
import { type HistogramBlock, type NumberBlock, summaryOf } from "./block.ts";
import { allExtremes } from "./extremes.ts";

/** A block of these points: one at least, in the order of their times. */
export function numberBlock(series: number, times: Float64Array, values: Float64Array): NumberBlock {
  return {
    kind: "numbers",
    series,
    from: times[0]!,
    to: times.at(-1)!,
    count: times.length,
    ...summaryOf(values),
    times: () => times,
    values: () => values,
  };
}

/** What {@link histogramBlock} makes a block of: one row at least. All come one after the other, in the order of `times`. */
export interface HeldHistograms {
  readonly times: Float64Array;
  readonly bounds: Float64Array;
  readonly rows: Float64Array;
  /** The recorded min and max of each row. */
  readonly extremes: Float64Array;
}

/** A block of these histograms. */
export function histogramBlock(
  series: number,
  { times, bounds, rows, extremes }: HeldHistograms,
): HistogramBlock {
  const width = rowWidth(bounds);
  return {
    kind: "histograms",
    series,
    from: times[0]!,
    to: times.at(-1)!,
    count: times.length,
    bounds,
    first: () => rows.subarray(0, width),
    last: () => rows.subarray(rows.length - width),
    increase: () => increaseOf(rows, width),
    times: () => times,
    rows: () => rows,
    extremes: () => allExtremes(extremes),
    extremesOfRows: () => extremes,
  };
}

/** Cells of a histogram's row: the sum, and a count for each bound and one above. */
export function rowWidth(bounds: Float64Array): number {
  return bounds.length + 2;
}

/** By how much each cell rose from the first row to the last. Where the count fell, all began again at 0. */
export function increaseOf(rows: Float64Array, width: number): Float64Array {
  const increase = new Float64Array(width);
  for (let at = width; at < rows.length; at += width) {
    const isReset = fell(rows, at, width);
    for (let k = 0; k < width; k++) increase[k]! += rows[at + k]! - (isReset ? 0 : rows[at - width + k]!);
  }
  return increase;
}

function fell(rows: Float64Array, at: number, width: number): boolean {
  let before = 0;
  let count = 0;
  for (let k = 1; k < width; k++) {
    before += rows[at - width + k]!;
    count += rows[at + k]!;
  }
  return count < before;
}
