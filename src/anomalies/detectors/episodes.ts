// Alarms. An episode is a stretch of points whose evidence is high. Number and height of a series' episodes set the evidence
// that is reached as often as false alarms are allowed.
import { CELL, GAUGED } from "./layout.ts";
import type { Parameters } from "./parameters.ts";

const DAY_SECONDS = 86_400;
const LEAST_SECONDS = 10;
const MOST_SECONDS = 3_600;
// Assumed mean excess of an episode, above its start: that of detectors which all say the same.
const ASSUMED_EXCESS = GAUGED.length * Math.LOG10E;
// One gap does not make a series forget.
const MOST_FORGOTTEN = 0.01;

/**
 * Returns the evidence of an alarm. The peaks of episodes above their start are assumed to be exponential, with the mean
 * of those of this series.
 */
export function evidenceNeeded(cells: Float64Array, parameters: Parameters, alarmsPerDay: number): number {
  const { episodeStart, episodePrior } = parameters;
  // The days in which a series has the assumed number of episodes, if its excess is the assumed one.
  const assumedDays = daysOf(cells[CELL.interval]!) * episodePrior * Math.exp(episodeStart / ASSUMED_EXCESS);
  const perDay = (episodePrior + cells[CELL.episodes]!) / (assumedDays + cells[CELL.observedDays]!);
  const above = meanExcess(cells, parameters) * Math.log(Math.max(1, perDay / alarmsPerDay));
  return episodeStart + above * cautionOf(cells, parameters);
}

/**
 * Returns the evidence of an alarm for repeated and missing points. Their probabilities do not depend on the tails of a series. The
 * start is added, since the probabilities are assumed.
 */
export function evidenceNeededAlone(
  cells: Float64Array,
  { episodeStart }: Parameters,
  alarmsPerDay: number,
): number {
  return episodeStart - Math.log10(Math.min(1, daysOf(cells[CELL.interval]!) * alarmsPerDay));
}

/** Learns the evidence of a point. Returns whether it belongs to an episode without an alarm so far. */
export function learnEpisode(
  cells: Float64Array,
  time: number,
  evidence: number,
  parameters: Parameters,
): boolean {
  const { episodeStart, episodeEndPoints, episodeMemorySeconds, clipDeviations } = parameters;
  const interval = cells[CELL.interval]!;
  const kept = 1 - Math.min(MOST_FORGOTTEN, interval / episodeMemorySeconds);
  cells[CELL.episodes]! *= kept;
  cells[CELL.excess]! *= kept;
  cells[CELL.observedDays] = kept * cells[CELL.observedDays]! + daysOf(interval);
  const point = cells[CELL.points]!;
  const isOpen = cells[CELL.lastHighPoint]! > 0;
  const isOver =
    point - cells[CELL.lastHighPoint]! >= episodeEndPoints || time - cells[CELL.episodeBegan]! > DAY_SECONDS;
  if (isOpen && isOver) endEpisode(cells);
  if (evidence <= episodeStart) return false;
  if (cells[CELL.lastHighPoint] === 0) cells[CELL.episodeBegan] = time;
  cells[CELL.lastHighPoint] = point;
  const most = clipDeviations * meanExcess(cells, parameters);
  cells[CELL.peak] = Math.max(cells[CELL.peak]!, Math.min(most, evidence - episodeStart));
  return cells[CELL.hasAlarm] === 0;
}

function endEpisode(cells: Float64Array): void {
  cells[CELL.episodes]! += 1;
  cells[CELL.excess]! += cells[CELL.peak]!;
  cells[CELL.peak] = 0;
  cells[CELL.lastHighPoint] = 0;
  cells[CELL.hasAlarm] = 0;
}

function meanExcess(cells: Float64Array, { episodePrior }: Parameters): number {
  return (episodePrior * ASSUMED_EXCESS + cells[CELL.excess]!) / (episodePrior + cells[CELL.episodes]!);
}

// From 2 down to 1.
function cautionOf(cells: Float64Array, { warmUpPoints, cautionSeconds }: Parameters): number {
  const interval = cells[CELL.interval]!;
  const young = interval > 0 ? Math.max(warmUpPoints, cautionSeconds / interval) : warmUpPoints;
  return 1 + Math.min(1, young / cells[CELL.points]!);
}

// Intervals beyond these limits count as the limits. Events of a system last longer than ten seconds. With a few points a day
// there is no rate a day to speak of.
function daysOf(intervalSeconds: number): number {
  return Math.max(LEAST_SECONDS, Math.min(MOST_SECONDS, intervalSeconds)) / DAY_SECONDS;
}
