// The largest change in the window, relative to the usual changes of the baseline.
//
// ```
//          baseline                                    window
//   ├────┼────┼────┼────┼────┼────┼────┼────┤├──────────────┤
//   differences of neighbouring spans             └┤ largest difference that lasts
// ```
//
// Spans have the length of the window, a half, a quarter and an eighth of it. A random walk differs more over long spans,
// noise over short ones. Few long spans fit into a baseline, so the variation of the short ones is continued by its own
// growth, and the largest estimate counts. A burst does not count, since it does not last to the end of the window.
// Spans of one and three cells find the step of a random walk, whose longer spans differ anyway.

import { valueAtRank } from "./rank.ts";

/** The largest departure of a column in its window. */
export interface Departure {
  /** In units of the usual variation; 0 without a departure. */
  readonly score: number;
  /** First cell after the departure began, up to a window before the window. */
  readonly onset: number;
  readonly isRise: boolean;
  /** The same as the score of a movement that need not last. */
  readonly moved: number;
}

/** The smallest variation that counts. */
export interface SmallestVariation {
  /** Relative to `size`. */
  readonly smallest: number;
  /** @defaultValue the larger one of the values before and after. */
  readonly size?: number;
}

// Growth of the variation from spans to those of twice the length: from that of noise to that of a curved trend.
const MIN_GROWTH = Math.SQRT1_2;
const MAX_GROWTH = 2 ** 0.75;
// The largest of the usual differences counts as this number of standard deviations.
const LARGEST = 3;
// The two longest spans: few fit into a baseline, so their variation is less certain. Chosen by bench/anomalies/correlation.js.
const LONG_SPANS = [1.25, 1.45] as const;
// Share of the values since the onset that need not have departed.
const MOST = 0.3;
const MIN_SPAN = 3;
const SHORT_SPANS = [1, 3];
// A departure lasts at least this part of the window.
const LASTING = 3;
// Shares of the baseline's values below which a fall, and above which a rise, is unusual.
const USUAL = [0.35, 0.65] as const;

/**
 * Compares the last `windowCells` values of a column with those before.
 *
 * @param column values without gaps.
 */
export function departureOf(
  column: Float64Array,
  windowCells: number,
  { smallest, size: given }: SmallestVariation,
): Departure {
  const start = column.length - windowCells;
  const sums = sumsOf(column);
  let found = { score: 0, onset: start, isRise: false };
  let moved = 0;
  for (const { length, drift, variation } of spansOf(sums, start, windowCells)) {
    const { difference, onset } = largestDifference(sums, start, windowCells, length, drift);
    if (onset < 0) continue;
    const isRise = difference > 0;
    const before = meanOf(sums, onset - length, onset);
    const scoreAt = (after: number): number => {
      const size = given ?? Math.max(Math.abs(before), Math.abs(after));
      return Math.abs(difference) / Math.hypot(variation, smallest * size);
    };
    // The score without what is subtracted below: most spans need no more.
    const most = scoreAt(before);
    if (most > moved) moved = Math.max(moved, scoreAt(meanOf(sums, onset, onset + length)));
    if (most <= found.score) continue;
    // Most values since then are at least this far away.
    const rank = Math.trunc((column.length - onset) * (isRise ? MOST : 1 - MOST));
    const level = valueAtRank(column, onset, column.length, rank);
    const usual = valueAtRank(column, 0, start, Math.trunc(start * USUAL[isRise ? 1 : 0]));
    // A burst that ends does not last; nor is the return to a usual level a departure.
    const distance = Math.min((level - before) / difference, (level - usual) / difference);
    const score = distance > 0 ? Math.min(distance, 1) * scoreAt(level) : 0;
    if (score > found.score) found = { score, onset, isRise };
  }
  return { ...found, moved, onset: found.score === 0 ? start : splitOf(sums, start - windowCells) };
}

/** The cell from `from` on at which the column splits into the two parts that differ most. */
function splitOf(sums: Float64Array, from: number): number {
  const end = sums.length - 1;
  let [largest, split] = [-1, from];
  for (let i = from + 1; i < end; i++) {
    const difference = meanOf(sums, i, end) - meanOf(sums, from, i);
    const weight = difference * difference * (i - from) * (end - i);
    if (weight > largest) [largest, split] = [weight, i];
  }
  return split;
}

/** The largest difference of neighbouring spans in the window, and the first cell of its second span. */
function largestDifference(
  sums: Float64Array,
  start: number,
  windowCells: number,
  length: number,
  drift: number,
): { readonly difference: number; readonly onset: number } {
  let [difference, onset] = [0, -1];
  const last = sums.length - 1 - Math.max(length, Math.ceil(windowCells / LASTING));
  for (let i = start; i <= last; i++) {
    const current = (sums[i + length]! - 2 * sums[i]! + sums[i - length]!) / length - drift;
    if (Math.abs(current) > Math.abs(difference)) [difference, onset] = [current, i];
  }
  return { difference, onset };
}

function sumsOf(column: Float64Array): Float64Array {
  const sums = new Float64Array(column.length + 1);
  for (let i = 0; i < column.length; i++) sums[i + 1] = sums[i]! + column[i]!;
  return sums;
}

function meanOf(sums: Float64Array, from: number, to: number): number {
  return (sums[to]! - sums[from]!) / (to - from);
}

interface Span {
  readonly length: number;
  /** Mean of the differences: the slope of a trend. */
  readonly drift: number;
  /** Usual variation of the differences. */
  readonly variation: number;
}

function spansOf(sums: Float64Array, end: number, windowCells: number): readonly Span[] {
  const lengths = [3, 2, 1, 0].map((shift) => windowCells >> shift).filter((length) => length >= MIN_SPAN);
  const spreads = lengths.map((length) => spreadOf(sums, end, length));
  const growth = growthOf(spreads);
  const slope = spreads.length > 1 ? spreads.at(-2)!.mean / spreads.at(-2)!.length : 0;
  const short = SHORT_SPANS.filter((length) => length < lengths[0]!).map((length) => {
    const { deviation, largest } = spreadOf(sums, end, length);
    return { length, drift: slope * length, variation: Math.max(deviation, largest / LARGEST) };
  });
  let continued = 0;
  const long = spreads.map(({ length, deviation, largest }, i) => {
    continued = Math.max(continued * growth, deviation, largest / LARGEST);
    const uncertainty = LONG_SPANS[i - lengths.length + LONG_SPANS.length] ?? 1;
    return { length, drift: slope * length, variation: continued * uncertainty };
  });
  return [...short, ...long];
}

interface Spread {
  readonly length: number;
  readonly mean: number;
  readonly deviation: number;
  readonly largest: number;
}

function spreadOf(sums: Float64Array, end: number, length: number): Spread {
  const stride = Math.max(1, length >> 2);
  let [sum, squares, count, low, high] = [0, 0, 0, Infinity, -Infinity];
  for (let i = length; i + length <= end; i += stride) {
    const difference = (sums[i + length]! - 2 * sums[i]! + sums[i - length]!) / length;
    sum += difference;
    squares += difference * difference;
    count++;
    if (difference < low) low = difference;
    if (difference > high) high = difference;
  }
  if (count === 0) return { length, mean: 0, deviation: 0, largest: 0 };
  const mean = sum / count;
  const deviation = Math.sqrt(Math.max(squares / count - mean * mean, 0));
  return { length, mean, deviation, largest: Math.max(high - mean, mean - low) };
}

function growthOf(spreads: readonly Spread[]): number {
  const [first] = spreads;
  const third = spreads[2] ?? spreads[1];
  if (first === undefined || third === undefined || first.deviation === 0) return MIN_GROWTH;
  const growth = (third.deviation / first.deviation) ** (1 / Math.log2(third.length / first.length));
  return Math.min(Math.max(growth, MIN_GROWTH), MAX_GROWTH);
}
