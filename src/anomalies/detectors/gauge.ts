// A gauge compares a statistic with its own past: how improbable is a value as far from the mean as this one?
import type { Parameters } from "./parameters.ts";

/** Cells of a gauge: mean, variance, mean excess in the tail, points seen in the tail. */
export const GAUGE_CELLS = 4;

const MEAN = 0;
const VARIANCE = 1;
const EXCESS = 2;
const EXCEEDANCES = 3;
// Points before the variance is of any use.
const FIRST_POINTS = 30;
// -log10 of the share of a normal distribution above two standard deviations.
const START_EVIDENCE = 1.64;
// Excess of a normal distribution: no tail is taken for lighter.
const NORMAL_EXCESS = 0.85;
// Changes below this part of the mean are rounding errors.
const ROUNDING = 1e-7;
const TINY = 1e-150;
// After a constant any change is infinitely far.
const MOST_DEVIATIONS = 1e4;

/** Sets the cells at `at` to a gauge that has seen nothing. */
export function resetGauge(cells: Float64Array, at: number, parameters: Parameters): void {
  cells.fill(0, at, at + GAUGE_CELLS);
  cells[at + EXCESS] = parameters.tailPrior;
  cells[at + EXCEEDANCES] = parameters.tailPriorPoints;
}

/**
 * Adds a statistic and returns its evidence: -log10 of the probability of a value as extreme, 0 within the usual range.
 *
 * Up to `tailStart` standard deviations nothing is unusual. Beyond them the probability falls exponentially with z²/2, as
 * in a normal distribution. The rate is learned from the series, so that a series with bursts is allowed its bursts.
 *
 * @param count statistics seen before
 * @param mostEnergy largest z²/2 that counts
 */
export function evidenceOf(
  cells: Float64Array,
  at: number,
  statistic: number,
  count: number,
  twoSided: boolean,
  mostEnergy: number,
  parameters: Parameters,
): number {
  let distance = statistic - cells[at + MEAN]!;
  let evidence = 0;
  if (count >= FIRST_POINTS) {
    const deviation = Math.sqrt(cells[at + VARIANCE]!) + ROUNDING * Math.abs(cells[at + MEAN]!) + TINY;
    const z = Math.min(MOST_DEVIATIONS, (twoSided ? Math.abs(distance) : distance) / deviation);
    if (z > parameters.tailStart) evidence = tailEvidence(cells, at, z, mostEnergy, parameters);
    distance = clipped(distance, cells[at + VARIANCE]!, parameters.clipDeviations);
  }
  const weight = Math.max(1 / (count + 1), 1 / parameters.memoryPoints);
  cells[at + MEAN]! += weight * distance;
  cells[at + VARIANCE] = (1 - weight) * (cells[at + VARIANCE]! + weight * distance * distance);
  return evidence;
}

function tailEvidence(
  cells: Float64Array,
  at: number,
  z: number,
  mostEnergy: number,
  parameters: Parameters,
): number {
  const start = (parameters.tailStart * parameters.tailStart) / 2;
  const energy = (z * z) / 2;
  const excess = cells[at + EXCESS]!;
  const evidence = START_EVIDENCE + ((Math.min(energy, mostEnergy) - start) / excess) * Math.LOG10E;
  const points = Math.min(cells[at + EXCEEDANCES]! + 1, parameters.memoryPoints);
  cells[at + EXCEEDANCES] = points;
  const seen = Math.min(energy, parameters.tailLimit) - start;
  cells[at + EXCESS] = Math.max(NORMAL_EXCESS, excess + (seen - excess) / points);
  return evidence;
}

/**
 * Returns `distance`, limited to `deviations` standard deviations: one absurd value must not make a series blind. A lasting
 * change is learned all the same, since the variance grows with each such point. After a constant nothing is limited.
 */
export function clipped(distance: number, variance: number, deviations: number): number {
  if (variance === 0) return distance;
  const limit = deviations * Math.sqrt(variance);
  return Math.max(-limit, Math.min(limit, distance));
}
