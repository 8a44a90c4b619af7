// Flat line: a value that repeats much longer than usual.
import { CELL } from "./layout.ts";

const LEAST_RUN = 3;
// A run is unusual if it is this much longer than the longest before.
const LONGER = 2;
// The longest run is forgotten over about 20,000 points.
const RUN_MEMORY = 1 - 1 / 20_000;
const SHARE_POINTS = 2_000;
// Above this share of repeated points the series is flat by nature.
const MOST_SHARE = 0.5;
// Assumed before runs were seen: a repeated point is followed by another one with a probability of 1 in 20.
const FOLLOWED = 0.25;
const FOLLOWED_OF = 5;

/** Learns whether the value repeats and returns the evidence of a flat line. */
export function evidenceOfRun(cells: Float64Array, value: number, points: number): number {
  const repeats = value === cells[CELL.lastValue];
  const seen = Math.min(points, SHARE_POINTS);
  const share = cells[CELL.repeatShare]!;
  cells[CELL.repeatShare] = share + ((repeats ? 1 : 0) - share) / (seen + 1);
  const longest = cells[CELL.longestRun]! * RUN_MEMORY;
  cells[CELL.longestRun] = longest;
  if (!repeats) {
    endRun(cells);
    return 0;
  }
  const run = cells[CELL.run]! + 1;
  cells[CELL.run] = run;
  if (run < LEAST_RUN || run <= LONGER * longest) return 0;
  // Two more repeated points than seen: the share of a series that never repeated is small, but unknown.
  const first = share + 2 / (seen + 1);
  if (first > MOST_SHARE) return 0;
  const next = (cells[CELL.repeatsInRow]! + FOLLOWED) / (cells[CELL.repeats]! + FOLLOWED_OF);
  return -Math.log10(first) - (run - 1) * Math.log10(Math.max(next, first));
}

function endRun(cells: Float64Array): void {
  const run = cells[CELL.run]!;
  if (run === 0) return;
  cells[CELL.longestRun] = Math.max(cells[CELL.longestRun]!, run);
  cells[CELL.repeats]! += run;
  cells[CELL.repeatsInRow]! += run - 1;
  cells[CELL.run] = 0;
}
