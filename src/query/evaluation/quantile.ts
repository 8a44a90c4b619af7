import type { Pieces, Work } from "./evaluation.ts";

// More values are not sorted at once.
const MAX_SORTED = 2_000;

/** Quantile of numbers with linear interpolation, as Prometheus' `quantile` has it. Sorts `values`; NaN is the lowest. */
export function quantileOf(q: number, values: Float64Array): number {
  const { length } = values;
  const limit = limitOf(q, length);
  if (limit !== undefined) return limit;
  values.sort();
  // The sort of typed arrays puts NaN last.
  let missing = 0;
  while (missing < length && Number.isNaN(values[length - 1 - missing])) missing++;
  const at = (index: number): number => (index < missing ? Number.NaN : values[index - missing]!);
  const { lower, upper, weight } = ranksOf(q, length);
  return at(lower) * (1 - weight) + at(upper) * weight;
}

/** Quantile as {@link quantileOf}, in pieces. Does not change `values`. */
export function* quantileInPieces(q: number, values: Float64Array, work: Work): Pieces<number> {
  const { length } = values;
  if (length <= MAX_SORTED) return quantileOf(q, values.slice());
  const limit = limitOf(q, length);
  if (limit !== undefined) return limit;
  work.reserve(2 * length);
  const numbers = new Float64Array(length);
  let count = 0;
  for (let i = 0; i < length; i++) {
    if (!Number.isNaN(values[i]!)) numbers[count++] = values[i]!;
    if (i % PIECE === PIECE - 1 && work.spend(PIECE)) yield;
  }
  const missing = length - count;
  const { lower, upper, weight } = ranksOf(q, length);
  if (lower < missing) return Number.NaN;
  const [low, next] = yield* orderedAt(numbers.subarray(0, count), lower - missing, work);
  return low * (1 - weight) + (upper === lower ? low : next) * weight;
}

function limitOf(q: number, length: number): number | undefined {
  if (length === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return -Infinity;
  return q > 1 ? Infinity : undefined;
}

function ranksOf(q: number, length: number): { lower: number; upper: number; weight: number } {
  const rank = q * (length - 1);
  const lower = Math.max(0, Math.floor(rank));
  return { lower, upper: Math.min(length - 1, lower + 1), weight: rank - Math.floor(rank) };
}

// Numbers between two looks at the clock.
const PIECE = 4_000;
// Candidates for the number that divides the others.
const CANDIDATES = 9;

/**
 * The numbers at `index` and after it in ascending order. Divides the numbers by one of them, and goes on with the part
 * that has the index. Changes `numbers`.
 */
function* orderedAt(numbers: Float64Array, index: number, work: Work): Pieces<[number, number]> {
  let from = numbers;
  let spare: Float64Array = new Float64Array(numbers.length);
  let at = index;
  // The lowest of the numbers above those that are left.
  let above = Number.NaN;
  for (;;) {
    const { length } = from;
    if (length <= MAX_SORTED) {
      from.sort();
      return [from[at]!, at + 1 < length ? from[at + 1]! : above];
    }
    const pivot = dividing(from);
    // Lower numbers from the left, higher ones from the right.
    let [lower, higher, least] = [0, length, Infinity];
    for (let i = 0; i < length; i++) {
      const number = from[i]!;
      if (number < pivot) spare[lower++] = number;
      else if (number > pivot) {
        spare[--higher] = number;
        if (number < least) least = number;
      }
      if (i % PIECE === PIECE - 1 && work.spend(2 * PIECE)) yield;
    }
    if (at < lower) {
      [from, spare] = [spare.subarray(0, lower), from];
      above = pivot;
    } else if (at < higher) return [pivot, at + 1 < higher ? pivot : higher < length ? least : above];
    else {
      [from, spare] = [spare.subarray(higher, length), from];
      at -= higher;
    }
  }
}

// The middle of some numbers.
function dividing(numbers: Float64Array): number {
  const step = Math.floor(numbers.length / CANDIDATES);
  const found = Float64Array.from({ length: CANDIDATES }, (_, i) => numbers[i * step]!);
  return found.toSorted()[CANDIDATES >> 1]!;
}
