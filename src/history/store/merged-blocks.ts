// Blocks of one series whose times overlap, as one.
import type { Block, HistogramBlock, NumberBlock } from "./block.ts";
import { EXTREME_CELLS } from "./extremes.ts";
import { histogramBlock, numberBlock, rowWidth } from "./held-blocks.ts";

/** The blocks of a series in the order of their times, without overlaps; `blocks` come in the order of their arrival. */
export function inOrder(blocks: readonly Block[]): Block[] {
  const sorted = blocks.toSorted((a, b) => a.from - b.from);
  const result: Block[] = [];
  let group: Block[] = [];
  let end = -Infinity;
  for (const block of sorted) {
    if (block.from > end && group.length > 0) {
      result.push(...merged(group, blocks));
      group = [];
    }
    group.push(block);
    end = Math.max(end, block.to);
  }
  return group.length === 0 ? result : [...result, ...merged(group, blocks)];
}

function merged(group: readonly Block[], byArrival: readonly Block[]): readonly Block[] {
  if (group.length === 1) return group;
  const arrived = byArrival.filter((block) => group.includes(block));
  const numbers = arrived.filter((block): block is NumberBlock => block.kind === "numbers");
  if (numbers.length > 0) return [mergedNumbers(numbers)];
  return mergedHistograms(arrived.filter((block): block is HistogramBlock => block.kind === "histograms"));
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
  const byBounds = new Map<string, HistogramBlock[]>();
  for (const block of blocks) {
    const key = block.bounds.join();
    byBounds.set(key, [...(byBounds.get(key) ?? []), block]);
  }
  return [...byBounds.values()].map((same) => {
    const { times, order } = timesOf(same);
    const { series, bounds } = same[0]!;
    const rows = picked(same, order, rowWidth(bounds), (block) => block.rows());
    const extremes = picked(same, order, EXTREME_CELLS, (block) => block.extremesOfRows());
    return histogramBlock(series, { times, bounds, rows, extremes });
  });
}

// The cells of the points at `order`, counted through all blocks.
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
