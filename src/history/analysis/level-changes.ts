// Level changes of a series, despite autocorrelation, seasons, trends and outliers.
import { median } from "simple-statistics";
import { withoutRounding } from "./rounding.ts";
import { withoutSeason } from "./season.ts";
import { segmentsOf } from "./segments.ts";
import { stepTest } from "./step-test.ts";

/** A level change in a list of values. */
export interface LevelChange {
  /** Index of the first value of the new level. */
  readonly index: number;
  /** Means of the values before and after, up to the neighbouring changes. */
  readonly before: number;
  readonly after: number;
  /** Probability of such a step anywhere in a series without changes. */
  readonly pValue: number;
}

// More values are averaged in blocks, so that any series takes bounded time.
const MAX_BLOCKS = 1_000;
// Fewer values do not suffice.
const MIN_VALUES = 30;
const MAX_P_VALUE = 0.01;
// In standard deviations.
const MIN_CONTRAST = 3.5;

/** Finds the level changes of finite values at equal distances. Runs in short pieces. */
export function* levelChanges(values: Float64Array): Generator<void, readonly LevelChange[]> {
  if (values.length < MIN_VALUES) return [];
  const size = Math.ceil(values.length / MAX_BLOCKS);
  const blocks = yield* blockMeans(values, size);
  const scores = yield* withoutSeason(normalScores(withoutRounding(blocks)));
  const borders = yield* segmentsOf(scores);
  const steps = yield* significantSteps(scores, borders);
  const indices = steps.map(({ at }) => at * size);
  return steps.map(({ pValue }, i) => {
    const index = indices[i]!;
    const before = meanOf(values, indices[i - 1] ?? 0, index);
    const after = meanOf(values, index, indices[i + 1] ?? values.length);
    return { index, before, after, pValue };
  });
}

function* blockMeans(values: Float64Array, size: number): Generator<void, Float64Array> {
  const means = new Float64Array(Math.ceil(values.length / size));
  for (let i = 0; i < means.length; i++) {
    means[i] = meanOf(values, i * size, Math.min((i + 1) * size, values.length));
    if (i % 16 === 0) yield;
  }
  return means;
}

interface Step {
  readonly at: number;
  readonly pValue: number;
}

// Removes the least significant step and tests its neighbours again, until all are significant.
function* significantSteps(
  scores: Float64Array,
  borders: readonly number[],
): Generator<void, readonly Step[]> {
  const all = [0, ...borders, scores.length];
  const testAt = (i: number): Step => {
    const range = [all[i - 1]!, all[i]!, all[i + 1]!] as const;
    // Any place may have the step, so the probability of one place is multiplied.
    const pValue = Math.min(1, scores.length * stepTest(scores, ...range));
    return {
      at: all[i]!,
      pValue: pValue > MAX_P_VALUE || contrastOf(scores, ...range) >= MIN_CONTRAST ? pValue : 1,
    };
  };
  let steps: Step[] = [];
  for (let i = 1; i < all.length - 1; i++) {
    steps.push(testAt(i));
    yield;
  }
  for (;;) {
    const worst = steps.reduce((most, { pValue }, i) => (pValue > (steps[most]?.pValue ?? -1) ? i : most), 0);
    if (!((steps[worst]?.pValue ?? 0) > MAX_P_VALUE)) return steps;
    steps.splice(worst, 1);
    all.splice(worst + 1, 1);
    for (const i of [worst - 1, worst]) if (steps[i] !== undefined) steps[i] = testAt(i + 1);
    yield;
  }
}

function meanOf(values: Float64Array, start: number, end: number): number {
  let mean = 0;
  // Divided first, because a sum may be infinite.
  for (let i = start; i < end; i++) mean += values[i]! / (end - start);
  return mean;
}

/**
 * Replaces each value by the quantile of the normal distribution at its rank. Outliers, heavy tails and the unit no longer
 * matter. Equal values have equal scores. Values must not be NaN.
 */
function normalScores(values: Float64Array): Float64Array {
  const sorted = values.toSorted();
  const order = Array.from(values.keys()).toSorted((one, other) => values[one]! - values[other]!);
  const scores = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    for (end = start + 1; end < order.length && sorted[end] === sorted[start];) end++;
    const score = (start + end) / order.length - 1;
    for (let i = start; i < end; i++) scores[order[i]!] = score;
  }
  return scores;
}

const MIN_WIDTH = 10;
const MAX_SHARE = 1 / 12;
// The median of normally distributed distances, in standard deviations.
const MEDIAN_DISTANCE = 0.6745;

/**
 * The difference of the means on both sides of `at`, in robust standard deviations of the same difference at all other
 * places. Slow waves have such differences everywhere, a step has not.
 */
function contrastOf(values: Float64Array, start: number, at: number, end: number): number {
  const width = Math.min(at - start, end - at, Math.max(MIN_WIDTH, Math.round(MAX_SHARE * values.length)));
  const sums = new Float64Array(values.length + 1);
  for (const [i, value] of values.entries()) sums[i + 1] = sums[i]! + value;
  const differenceAt = (i: number): number =>
    Math.abs(sums[i + width]! - 2 * sums[i]! + sums[i - width]!) / width;
  const others: number[] = [];
  for (let i = width; i <= values.length - width; i++)
    if (Math.abs(i - at) >= width) others.push(differenceAt(i));
  if (others.length < width) return 0;
  return (MEDIAN_DISTANCE * differenceAt(at)) / median(others);
}
