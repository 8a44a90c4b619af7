// Mean of each hour of the day, and deviation from it of each quarter of each day of the week, in UTC. Between the centres
// of two bins the value is interpolated, so that a steep season leaves no steps in the residual.
import type { Parameters } from "./parameters.ts";

const HOURS = 24;
const QUARTERS = 28;
const HOUR_SECONDS = 3_600;
const QUARTER_SECONDS = 21_600;
// Two weeks, so that each quarter of the week was seen twice.
const WEEK_AFTER_SECONDS = 14 * 86_400;
// Fraction of its error that a bin learns from a single point, at most.
const MOST_WEIGHT = 0.1;
// Above 2^24 a 32-bit number stops to grow. The memory limits the weight long before.
const MOST_SEEN = 1e6;

/** Cells at `hoursAt`: the mean of each hour. */
export const HOUR_CELLS: number = HOURS;
/** Cells of `small`: the points seen by each hour, and the deviation of each quarter. */
export const SMALL_CELLS: number = HOURS + QUARTERS;

// The two bins around a time, and the share of the right one. Set by `findBins`, read at once.
let left = 0;
let right = 0;
let share = 0;

/** Returns the mean for `time` of the hours around it. Without data for them it is `otherwise`. */
export function hourlyMean(
  cells: Float64Array,
  hoursAt: number,
  small: Float32Array,
  time: number,
  otherwise: number,
): number {
  findBins(time, HOUR_SECONDS, HOURS);
  const hasLeft = small[left]! > 0;
  const hasRight = small[right]! > 0;
  if (!hasLeft && !hasRight) return otherwise;
  const from = cells[hoursAt + (hasLeft ? left : right)]!;
  const to = cells[hoursAt + (hasRight ? right : left)]!;
  return from + share * (to - from);
}

/** Returns the deviation of this day of the week from the hourly mean: 0 in the first two weeks. */
export function weeklyDeviation(small: Float32Array, time: number, ageSeconds: number): number {
  return ageSeconds > WEEK_AFTER_SECONDS ? deviationOfQuarters(small, time) : 0;
}

/** Learns one point. `residual` is its value less that of `hourlyMean`. */
export function learnSeason(
  cells: Float64Array,
  hoursAt: number,
  small: Float32Array,
  time: number,
  intervalSeconds: number,
  value: number,
  residual: number,
  parameters: Parameters,
): void {
  const seconds = Math.min(intervalSeconds, HOUR_SECONDS);
  const weight = Math.min(MOST_WEIGHT, seconds / (seconds + parameters.seasonMemorySeconds));
  findBins(time, HOUR_SECONDS, HOURS);
  learnHour(cells, hoursAt, small, left, 1 - share, value, residual, weight);
  learnHour(cells, hoursAt, small, right, share, value, residual, weight);
  const surplus = residual - deviationOfQuarters(small, time);
  const quarterWeight = weight / 2;
  small[HOURS + left] = finite32(small[HOURS + left]! + quarterWeight * (1 - share) * surplus);
  small[HOURS + right] = finite32(small[HOURS + right]! + quarterWeight * share * surplus);
}

function learnHour(
  cells: Float64Array,
  hoursAt: number,
  small: Float32Array,
  hour: number,
  part: number,
  value: number,
  residual: number,
  weight: number,
): void {
  const seen = small[hour]!;
  if (seen > 0) {
    const now = Math.min(seen + part, MOST_SEEN);
    small[hour] = now;
    cells[hoursAt + hour]! += Math.max(weight, 1 / now) * part * residual;
  } else if (part > 0.5) {
    cells[hoursAt + hour] = value;
    small[hour] = 1;
  }
}

function deviationOfQuarters(small: Float32Array, time: number): number {
  findBins(time, QUARTER_SECONDS, QUARTERS);
  return small[HOURS + left]! * (1 - share) + small[HOURS + right]! * share;
}

function findBins(time: number, binSeconds: number, bins: number): void {
  const position = time / binSeconds - 0.5;
  const whole = Math.floor(position);
  share = position - whole;
  // Several times as fast as `%`. Times beyond the range of exact integers have no hour.
  const bin = whole - bins * Math.floor(whole / bins);
  left = bin >= 0 && bin < bins ? bin : 0;
  right = left + 1 === bins ? 0 : left + 1;
}

// Beyond the range of 32-bit numbers there is no weekly season.
function finite32(value: number): number {
  return Math.abs(value) < 1e38 ? value : 0;
}
