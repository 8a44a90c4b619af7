/** Differences between two readings of one series: the cells of a delta. */
import { EXPLICIT_CELLS } from "../../engine/aggregation/explicit-histogram-store.ts";
import { READING } from "../../engine/aggregation/exponential-reading.ts";
import type { KeptAggregation } from "../../engine/streams/stream-store.ts";

/** Result of a subtraction: something is left, nothing is left, or values of the earlier reading are missing in the later one. */
export type Difference = "some" | "none" | "missing";

/** Subtracts `before` from `cells`. Min and max of the interval are unknown. */
export function subtract(
  kind: KeptAggregation["kind"],
  cells: Float64Array,
  before: Float64Array,
): Difference {
  switch (kind) {
    case "sum":
      cells[0]! -= before[0]!;
      return cells[0] === 0 ? "none" : "some";
    case "lastValue":
      return "some";
    case "explicitHistogram":
      return subtractExplicit(cells, before);
    case "exponentialHistogram":
      return subtractExponential(cells, before);
    default:
      return kind satisfies never;
  }
}

function subtractExplicit(cells: Float64Array, before: Float64Array): Difference {
  cells[EXPLICIT_CELLS.count]! -= before[EXPLICIT_CELLS.count]!;
  cells[EXPLICIT_CELLS.sum]! -= before[EXPLICIT_CELLS.sum]!;
  for (let i: number = EXPLICIT_CELLS.buckets; i < cells.length; i++)
    if ((cells[i]! -= before[i]!) < 0) return "missing";
  return cells[0]! > 0 ? "some" : "none";
}

function subtractExponential(cells: Float64Array, before: Float64Array): Difference {
  for (const cell of [READING.count, READING.sum, READING.zeroCount]) cells[cell]! -= before[cell]!;
  if (cells[READING.count]! < 0 || cells[READING.zeroCount]! < 0) return "missing";
  const positives = READING.counts;
  const negatives = positives + cells[READING.positiveLength]!;
  const negativesBefore = positives + before[READING.positiveLength]!;
  const isWhole =
    subtractWindow(cells, before, READING.positiveOffset, positives, positives) &&
    subtractWindow(cells, before, READING.negativeOffset, negatives, negativesBefore);
  if (!isWhole) return "missing";
  return cells[0]! > 0 ? "some" : "none";
}

// Returns whether all buckets of the earlier reading are among the later ones.
function subtractWindow(
  cells: Float64Array,
  before: Float64Array,
  header: number,
  counts: number,
  countsBefore: number,
): boolean {
  const shift = before[READING.scale]! - cells[READING.scale]!;
  const first = cells[header]!;
  const firstBefore = before[header]!;
  for (let i = 0; i < before[header + 1]!; i++) {
    const count = before[countsBefore + i]!;
    if (count === 0) continue;
    const bucket = ((firstBefore + i) >> shift) - first;
    if (shift < 0 || bucket < 0 || bucket >= cells[header + 1]!) return false;
    if ((cells[counts + bucket]! -= count) < 0) return false;
  }
  return true;
}
