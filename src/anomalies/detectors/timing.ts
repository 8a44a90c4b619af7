// Missing data: a point that comes much later than usual.
import { CELL } from "./layout.ts";

// Fewer missed points are a failed scrape or two, no anomaly.
const LEAST_GAP = 5;
// A new gap is unusual if it is this much longer than the longest before.
const LONGER = 2;
// The longest gap is forgotten over about 20,000 points.
const GAP_MEMORY = 1 - 1 / 20_000;
const INTERVAL_WEIGHT = 0.01;
// Largest gap that the mean interval learns, in intervals.
const MOST_LEARNED = 4;

/** Learns the time since the last point and returns the evidence of a gap. */
export function evidenceOfGap(cells: Float64Array, seconds: number, points: number): number {
  if (!(seconds >= 0)) return 0;
  const interval = cells[CELL.interval]!;
  if (interval === 0) {
    cells[CELL.interval] = seconds;
    return 0;
  }
  const gap = seconds / interval;
  const evidence = gap > unusualGap(cells) ? (gap - 1) * evidencePerPoint(cells) : 0;
  const learned = Math.min(gap, MOST_LEARNED);
  const weight = Math.max(INTERVAL_WEIGHT, 1 / (points + 1));
  cells[CELL.longestGap] = Math.max(cells[CELL.longestGap]! * GAP_MEMORY, gap);
  cells[CELL.interval]! += weight * (learned - 1) * interval;
  cells[CELL.jitter]! += weight * (Math.abs(learned - 1) - cells[CELL.jitter]!);
  return evidence;
}

/** Returns the seconds after the last point at which the gap has the evidence `needed`. */
export function secondsUntilOverdue(cells: Float64Array, needed: number): number {
  const gap = Math.max(unusualGap(cells), 1 + needed / evidencePerPoint(cells));
  return gap * cells[CELL.interval]!;
}

function unusualGap(cells: Float64Array): number {
  return Math.max(LEAST_GAP, LONGER * cells[CELL.longestGap]!);
}

// At a regular interval each missed point counts a factor of 20. Points at random times have a jitter of 0.74 and gaps
// with a probability of exp(-gap), so that each interval counts exp(1).
function evidencePerPoint(cells: Float64Array): number {
  return 1.3 / (1 + 2.7 * cells[CELL.jitter]!);
}
