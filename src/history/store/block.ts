// Blocks of points of a series, with summaries that allow wide queries without decoding.
import { overlapping } from "../comparison.ts";
import { firstAfter } from "../../query/evaluation/sample-search.ts";
import { grouped } from "../../query/grouped.ts";
import { allExtremes, type ExponentialBuckets, EXTREME_CELLS, type Extremes } from "./histogram-cells.ts";

/** Common properties of blocks. Times are whole milliseconds since the epoch. */
interface BlockOfPoints {
  readonly series: number;
  readonly from: number;
  readonly to: number;
  /** At least 1. */
  readonly count: number;
  /** In ascending order; only samples have equal times. Decoded at the first call. */
  times(): Float64Array;
}

interface NumberSummary {
  readonly sum: number;
  /** NaN only if all values are NaN. */
  readonly min: number;
  readonly max: number;
  readonly first: number;
  readonly last: number;
  readonly increase: number;
  /** Whether no value is below the one before. False if unknown. */
  readonly isRising: boolean;
}

export interface NumberBlock extends BlockOfPoints, NumberSummary {
  readonly kind: "numbers";
  values(): Float64Array;
}

/**
 * Points of a histogram. A row is `[sum, bucket 0, …, bucket n]`, cumulative, with the last bucket above all bounds;
 * the sum may be NaN.
 */
export interface HistogramBlock extends BlockOfPoints {
  readonly kind: "histograms";
  /**
   * Inclusive upper bounds in ascending order, equal for all rows. Exponential histograms have different bounds in each
   * block.
   */
  readonly bounds: Float64Array;
  /** Scale, offsets and lengths of an exponential histogram; `undefined` for explicit bounds. */
  readonly exponential: ExponentialBuckets | undefined;
  first(): Float64Array;
  last(): Float64Array;
  /** Increase of each cell from the first point to the last. If the count up to any bound fell, all cells restarted at 0. */
  increase(): Float64Array;
  /** Whether the count up to any bound fell. */
  isReset(): boolean;
  /** Concatenation of all rows. Decoded at the first call. */
  rows(): Float64Array;
  extremes(): Extremes;
  /** Minimum and maximum of each point, in order. Decoded at the first call. */
  extremesOfRows(): Float64Array;
}

export type Block = NumberBlock | HistogramBlock;

/** Summary of at least one value, in order of time. */
export function summaryOf(values: Float64Array): NumberSummary {
  const first = values[0]!;
  let sum = 0;
  let min = NaN;
  let max = NaN;
  let last = first;
  let increase = 0;
  let isRising = true;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    sum += value;
    // Negated, so that the first number replaces NaN.
    if (!(value >= min) && value === value) min = value;
    if (!(value <= max) && value === value) max = value;
    increase += value < last ? value : value - last;
    if (!(value >= last)) isRising = false;
    last = value;
  }
  return { sum, min, max, first, last, increase, isRising };
}

/** A block of at least one point, in order of time. */
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

/** At least one row, in the order of `times`. */
interface HeldHistograms {
  readonly times: Float64Array;
  readonly bounds: Float64Array;
  readonly exponential?: ExponentialBuckets | undefined;
  readonly rows: Float64Array;
  readonly extremes: Float64Array;
}

export function histogramBlock(
  series: number,
  { times, bounds, exponential, rows, extremes }: HeldHistograms,
): HistogramBlock {
  const width = rowWidth(bounds);
  return {
    kind: "histograms",
    series,
    from: times[0]!,
    to: times.at(-1)!,
    count: times.length,
    bounds,
    exponential,
    first: () => rows.subarray(0, width),
    last: () => rows.subarray(rows.length - width),
    increase: () => increaseOf(rows, width),
    isReset: () => isResetIn(rows, width),
    times: () => times,
    rows: () => rows,
    extremes: () => allExtremes(extremes),
    extremesOfRows: () => extremes,
  };
}

/** The points of a block from one time to another, both included; `undefined` without one. */
export function within(block: Block, from: number, to: number): Block | undefined {
  if (block.from >= from && block.to <= to) return block;
  const all = block.times();
  const [first, end] = [firstAfter(all, Math.ceil(from) - 1), firstAfter(all, to)];
  if (first >= end) return undefined;
  const times = all.subarray(first, end);
  if (block.kind === "numbers") return numberBlock(block.series, times, block.values().subarray(first, end));
  const { series, bounds, exponential } = block;
  const width = rowWidth(bounds);
  return histogramBlock(series, {
    times,
    bounds,
    exponential,
    rows: block.rows().subarray(first * width, end * width),
    extremes: block.extremesOfRows().subarray(first * EXTREME_CELLS, end * EXTREME_CELLS),
  });
}

/** The last point of a block before a time; `undefined` without one. */
export function lastBefore(block: Block, time: number): Block | undefined {
  const before = block.to < time ? block : within(block, -Infinity, time - 1);
  return before && within(before, before.to, before.to);
}

/** The parts of a block between its resets, in order of time. */
export function betweenResets(block: HistogramBlock): readonly HistogramBlock[] {
  if (!block.isReset()) return [block];
  const { series, bounds, exponential, count } = block;
  const [times, rows, extremes] = [block.times(), block.rows(), block.extremesOfRows()];
  const width = rowWidth(bounds);
  const parts: HistogramBlock[] = [];
  let first = 0;
  for (let end = 1; end <= count; end++) {
    if (end < count && !fell(rows, end * width, width)) continue;
    const part = {
      times: times.subarray(first, end),
      bounds,
      exponential,
      rows: rows.subarray(first * width, end * width),
      extremes: extremes.subarray(first * EXTREME_CELLS, end * EXTREME_CELLS),
    };
    parts.push(histogramBlock(series, part));
    first = end;
  }
  return parts;
}

/** The first and the last point of a block. */
export function endsOf(block: Block): Block {
  const { series, from, to } = block;
  if (block.count < 2) return block;
  const times = Float64Array.of(from, to);
  if (block.kind === "numbers") return numberBlock(series, times, Float64Array.of(block.first, block.last));
  const { bounds, exponential } = block;
  const rows = Float64Array.of(...block.first(), ...block.last());
  const { min, max } = block.extremes();
  return histogramBlock(series, {
    times,
    bounds,
    exponential,
    rows,
    extremes: Float64Array.of(min, max, min, max),
  });
}

/** Number of cells in a histogram's row: the sum, and one count per bound and one above. */
export function rowWidth(bounds: Float64Array): number {
  return bounds.length + 2;
}

/** Increase of each cell from the first row to the last. If the count up to any bound fell, all cells restarted at 0. */
export function increaseOf(rows: Float64Array, width: number): Float64Array {
  const increase = new Float64Array(width);
  for (let at = width; at < rows.length; at += width) {
    const isReset = fell(rows, at, width);
    for (let k = 0; k < width; k++) increase[k]! += rows[at + k]! - (isReset ? 0 : rows[at - width + k]!);
  }
  return increase;
}

function isResetIn(rows: Float64Array, width: number): boolean {
  for (let at = width; at < rows.length; at += width) if (fell(rows, at, width)) return true;
  return false;
}

function fell(rows: Float64Array, at: number, width: number): boolean {
  let before = 0;
  let count = 0;
  for (let k = 1; k < width; k++) {
    before += rows[at - width + k]!;
    count += rows[at + k]!;
    // The whole count may have risen above that before the reset.
    if (count < before) return true;
  }
  return false;
}

/** The blocks of one series in order of time, without overlaps. `blocks` are in order of arrival. */
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

// Exponential histograms with different bounds stay separate blocks, cut at the start of the next one.
function mergedHistograms(blocks: readonly HistogramBlock[]): HistogramBlock[] {
  return [...grouped(blocks, ({ bounds }) => bounds.join()).values()].map((same) => {
    const { times, order } = timesOf(same);
    const { series, bounds, exponential } = same[0]!;
    const rows = picked(same, order, rowWidth(bounds), (block) => block.rows());
    const extremes = picked(same, order, EXTREME_CELLS, (block) => block.extremesOfRows());
    return histogramBlock(series, { times, bounds, exponential, rows, extremes });
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

// All distinct times, and the position of each time's point among the points of all blocks. The last of several points
// with equal times is used.
function timesOf(blocks: readonly Block[]): { times: Float64Array; order: readonly number[] } {
  const at = new Map(blocks.flatMap((block) => [...block.times()]).map((time, i) => [time, i]));
  const sorted = [...at].toSorted(([a], [b]) => a - b);
  return { times: Float64Array.from(sorted, ([time]) => time), order: sorted.map(([, i]) => i) };
}
