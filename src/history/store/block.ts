// What the store gives of a series: blocks of points, with what wide questions need of them without decoding.
import { grouped, overlapping } from "../grouped.ts";
import { allExtremes, EXTREME_CELLS, type Extremes } from "./histogram-cells.ts";

/** What all blocks have. Times are whole milliseconds since the epoch. */
interface BlockOfPoints {
  readonly series: number;
  readonly from: number;
  readonly to: number;
  /** One at least. */
  readonly count: number;
  /** Never falling: equal ones only among samples. Decoded at the first call. */
  times(): Float64Array;
}

interface NumberSummary {
  readonly sum: number;
  /** Of values that are NaN only where all are. */
  readonly min: number;
  readonly max: number;
  readonly first: number;
  readonly last: number;
  readonly increase: number;
}

export interface NumberBlock extends BlockOfPoints, NumberSummary {
  readonly kind: "numbers";
  values(): Float64Array;
}

/** A row is `[sum, bucket 0, …, bucket n]`, cumulative, the last bucket above all bounds; a sum may be NaN. */
export interface HistogramBlock extends BlockOfPoints {
  readonly kind: "histograms";
  /** Inclusive upper bounds, rising; the same for all rows. Exponential histograms have others in each block. */
  readonly bounds: Float64Array;
  first(): Float64Array;
  last(): Float64Array;
  /** The rise of each cell from the first point to the last; after the count fell, all count from 0. */
  increase(): Float64Array;
  /** All rows, one after the other. Decoded at the first call. */
  rows(): Float64Array;
  extremes(): Extremes;
  /** The min and max of each point, one after the other. Decoded at the first call. */
  extremesOfRows(): Float64Array;
}

export type Block = NumberBlock | HistogramBlock;

/** The summary of values in the order of their times: one at least. */
export function summaryOf(values: Float64Array): NumberSummary {
  const first = values[0]!;
  let sum = 0;
  let min = NaN;
  let max = NaN;
  let last = first;
  let increase = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    sum += value;
    // Negated, so that the first number takes NaN's place.
    if (!(value >= min) && value === value) min = value;
    if (!(value <= max) && value === value) max = value;
    increase += value < last ? value : value - last;
    last = value;
  }
  return { sum, min, max, first, last, increase };
}

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

/** At least one row; all in the order of `times`. */
interface HeldHistograms {
  readonly times: Float64Array;
  readonly bounds: Float64Array;
  readonly rows: Float64Array;
  readonly extremes: Float64Array;
}

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

/** The rise of each cell from the first row to the last. After the count fell, all count from 0. */
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

/** The blocks of one series by time, without overlaps; `blocks` come in the order of their arrival. */
export function inOrder(blocks: readonly Block[]): Block[] {
  return [...overlapping(blocks)].flatMap(merged);
}

function merged(group: readonly Block[]): readonly Block[] {
  if (group.length === 1) return group;
  const numbers = group.filter((block) => block.kind === "numbers");
  if (numbers.length > 0) return [mergedNumbers(numbers)];
  return mergedHistograms(group.filter((block) => block.kind === "histograms"));
}

function mergedNumbers(blocks: readonly NumberBlock[]): NumberBlock {
  const { times, order } = timesOf(blocks);
  const values = blocks.flatMap((block) => [...block.values()]);
  return numberBlock(
    blocks[0]!.series,
    times,
    Float64Array.from(order, (at) => values[at]!),
  );
}

// Exponential histograms of other bounds stay blocks of their own: cut where another one begins.
function mergedHistograms(blocks: readonly HistogramBlock[]): HistogramBlock[] {
  return [...grouped(blocks, ({ bounds }) => bounds.join()).values()].map((same) => {
    const { times, order } = timesOf(same);
    const { series, bounds } = same[0]!;
    const rows = picked(same, order, rowWidth(bounds), (block) => block.rows());
    const extremes = picked(same, order, EXTREME_CELLS, (block) => block.extremesOfRows());
    return histogramBlock(series, { times, bounds, rows, extremes });
  });
}

function picked(
  blocks: readonly HistogramBlock[],
  order: readonly number[],
  width: number,
  cellsOf: (block: HistogramBlock) => Float64Array,
): Float64Array {
  const points = blocks.flatMap((block) => {
    const cells = cellsOf(block);
    return Array.from({ length: block.count }, (_, i) => cells.subarray(i * width, (i + 1) * width));
  });
  const found = new Float64Array(order.length * width);
  order.forEach((at, i) => found.set(points[at]!, i * width));
  return found;
}

// All times, each once; and of each where its point is, counted through all blocks. Of equal times the last one holds.
function timesOf(blocks: readonly Block[]): { times: Float64Array; order: readonly number[] } {
  const at = new Map(blocks.flatMap((block) => [...block.times()]).map((time, i) => [time, i]));
  const sorted = [...at].toSorted(([a], [b]) => a - b);
  return { times: Float64Array.from(sorted, ([time]) => time), order: sorted.map(([, i]) => i) };
}
