/** Differences between two readings of one series: the cells of a delta. */
import { EXPLICIT_CELLS } from "../../engine/aggregation/explicit-histogram-store.ts";
import { READING } from "../../engine/aggregation/exponential-reading.ts";
import type { KeptAggregation } from "../../engine/streams/stream-store.ts";

/** Whether a reading has at least the values of an earlier one, in buckets that are not narrower. */
export function hasAllOf(kind: KeptAggregation["kind"], cells: Float64Array, before: Float64Array): boolean {
  if (cells[0]! < before[0]!) return false;
  return kind !== "exponentialHistogram" || cells[READING.scale]! <= before[READING.scale]!;
}

/** Subtracts `before` from `cells`. Min and max of the interval are unknown. Returns whether anything is left. */
export function subtract(kind: KeptAggregation["kind"], cells: Float64Array, before: Float64Array): boolean {
  switch (kind) {
    case "sum":
      cells[0]! -= before[0]!;
      return cells[0] !== 0;
    case "lastValue":
      return true;
    case "explicitHistogram":
      cells[EXPLICIT_CELLS.count]! -= before[EXPLICIT_CELLS.count]!;
      cells[EXPLICIT_CELLS.sum]! -= before[EXPLICIT_CELLS.sum]!;
      for (let i: number = EXPLICIT_CELLS.buckets; i < cells.length; i++) cells[i]! -= before[i]!;
      return cells[0]! > 0;
    case "exponentialHistogram":
      subtractExponential(cells, before);
      return cells[0]! > 0;
    default:
      return kind satisfies never;
  }
}

// The earlier reading has the same scale or a finer one, and its buckets are among the later ones.
function subtractExponential(cells: Float64Array, before: Float64Array): void {
  for (const cell of [READING.count, READING.sum, READING.zeroCount]) cells[cell]! -= before[cell]!;
  if (before[READING.count] === before[READING.zeroCount]! + 0 && before[READING.positiveLength] === 0) {
    if (before[READING.negativeLength] === 0) return;
  }
  const shift = before[READING.scale]! - cells[READING.scale]!;
  const positives = cells[READING.positiveLength]!;
  const positivesBefore = before[READING.positiveLength]!;
  subtractWindow(cells, before, READING.positiveOffset, READING.counts, READING.counts, shift);
  const counts = READING.counts + positives;
  const countsBefore = READING.counts + positivesBefore;
  subtractWindow(cells, before, READING.negativeOffset, counts, countsBefore, shift);
}

function subtractWindow(
  cells: Float64Array,
  before: Float64Array,
  header: number,
  counts: number,
  countsBefore: number,
  shift: number,
): void {
  const first = cells[header]!;
  const firstBefore = before[header]!;
  for (let i = 0; i < before[header + 1]!; i++)
    cells[counts + ((firstBefore + i) >> shift) - first]! -= before[countsBefore + i]!;
}
