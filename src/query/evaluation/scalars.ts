import type { Pieces, Work } from "./evaluation.ts";

/** Steps between two looks at the clock. A subquery may have millions. */
export const STEPS_OF_A_PIECE = 2_000;

/** Computes a number for each step. */
export function* numbersOf(
  count: number,
  valueAt: (step: number) => number,
  work: Work,
): Pieces<Float64Array> {
  const values = new Float64Array(count);
  for (let from = 0; from < count; from += STEPS_OF_A_PIECE) {
    const to = Math.min(count, from + STEPS_OF_A_PIECE);
    for (let step = from; step < to; step++) values[step] = valueAt(step);
    if (work.spend(20 + 2 * (to - from))) yield;
  }
  return values;
}

/** The least and the greatest of the numbers; both are NaN if one of them is. */
export function* extremesOf(
  numbers: Float64Array,
  work: Work,
): Pieces<{ readonly min: number; readonly max: number }> {
  let [min, max] = [Infinity, -Infinity];
  for (const number of numbers) {
    min = Math.min(min, number);
    max = Math.max(max, number);
    if (work.spend(1)) yield;
  }
  return { min, max };
}
