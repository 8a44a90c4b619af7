// A gauge compares a statistic with its own past: how improbable is a value as far from the mean as this one?
import type { Parameters } from "./parameters.ts";

/**
 * Cells of a gauge: mean, variance, share of points in the tail, mean excess in the tail, points seen in the tail. Then largest
 * distances in the tail: of the past, of the last block of points and of the current one.
 */
export const GAUGE_CELLS = 8;

const MEAN = 0;
const VARIANCE = 1;
const SHARE = 2;
const EXCESS = 3;
const EXCEEDANCES = 4;
const RECORD = 5;
const LAST_BLOCK = 6;
const BLOCK = 7;
// Points of a block: an event is compared with those that ended at least this long before.
const BLOCK_POINTS = 64;
// In standard deviations: one absurd value does not make all others known.
const MOST_RECORDED = 1_000;
// Points before the variance is of any use.
const FIRST_POINTS = 30;
// Share of a normal distribution above two standard deviations.
const NORMAL_SHARE = 0.0228;
const SHARE_PRIOR_POINTS = 400;
// Changes below this part of the mean are rounding errors.
const ROUNDING = 1e-7;
const TINY = 1e-150;
// After a constant any change is infinitely far.
const MOST_DEVIATIONS = 1e4;

/** Sets the cells at `at` to a gauge that has seen nothing. */
export function resetGauge(cells: Float64Array, at: number, parameters: Parameters): void {
  cells.fill(0, at, at + GAUGE_CELLS);
  cells[at + SHARE] = NORMAL_SHARE;
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
    const isTail = z > parameters.tailStart;
    if (isTail) {
      const size = Math.abs(distance);
      evidence =
        novelty(size, cells[at + RECORD]!, parameters) * tailEvidence(cells, at, z, mostEnergy, parameters);
      if (z < MOST_RECORDED && size > cells[at + BLOCK]!) cells[at + BLOCK] = size;
    }
    const memory = Math.min(count + SHARE_PRIOR_POINTS, parameters.shareMemoryPoints);
    cells[at + SHARE]! += ((isTail ? 1 : 0) - cells[at + SHARE]!) / memory;
    distance = clipped(distance, cells[at + VARIANCE]!, parameters.clipDeviations);
  }
  if (count % BLOCK_POINTS === BLOCK_POINTS - 1) endBlock(cells, at, parameters);
  const weight = Math.max(1 / (count + 1), 1 / parameters.memoryPoints);
  cells[at + MEAN]! += weight * distance;
  cells[at + VARIANCE] = (1 - weight) * (cells[at + VARIANCE]! + weight * distance * distance);
  return evidence;
}

/** Factor of the evidence: `recordFactor` up to the largest distance before, 1 from `recordMargin` times that distance. */
function novelty(size: number, record: number, { recordMargin, recordFactor }: Parameters): number {
  if (size >= recordMargin * record) return 1;
  const beyond = (size - record) / ((recordMargin - 1) * record);
  return recordFactor + (1 - recordFactor) * Math.max(0, beyond);
}

function endBlock(cells: Float64Array, at: number, { memoryPoints }: Parameters): void {
  const kept = 1 - BLOCK_POINTS / memoryPoints;
  cells[at + RECORD] = Math.max(kept * cells[at + RECORD]!, cells[at + LAST_BLOCK]!);
  cells[at + LAST_BLOCK] = cells[at + BLOCK]!;
  cells[at + BLOCK] = 0;
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
  const learned =
    -Math.log10(cells[at + SHARE]!) + ((Math.min(energy, mostEnergy) - start) / excess) * Math.LOG10E;
  const points = cells[at + EXCEEDANCES]! + 1;
  cells[at + EXCEEDANCES] = points;
  const seen = Math.min(energy, parameters.tailLimit) - start;
  const weight = 1 / Math.min(points, parameters.tailMemoryPoints);
  cells[at + EXCESS] = Math.max(parameters.tailFloor, excess + weight * (seen - excess));
  return Math.min(learned, normalEvidence(z));
}

// -log10 of the upper tail of the standard normal distribution, after Börjesson and Sundberg (1979), within 1 %.
function normalEvidence(z: number): number {
  const denominator = (0.661 * z + 0.339 * Math.sqrt(z * z + 5.51)) * Math.sqrt(2 * Math.PI);
  return ((z * z) / 2) * Math.LOG10E + Math.log10(denominator);
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
