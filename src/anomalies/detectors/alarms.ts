// Score and alarms. After an alarm the detector rests. Each alarm raises the evidence needed for the next one, since a
// series that is often unusual should not be reported each time.
import { CELL } from "./layout.ts";
import type { Parameters } from "./parameters.ts";

// A rest ends after a day, even if the points are hours apart.
const MOST_REST_SECONDS = 86_400;

/** Returns the evidence for a score of 0.5. */
export function evidenceNeeded(cells: Float64Array, parameters: Parameters): number {
  const caution = parameters.warmUpPoints / Math.max(1, cells[CELL.points]!);
  return parameters.halfEvidence * (1 + parameters.habituation * cells[CELL.alarms]! + caution);
}

/** Forgets a little of the past alarms. Called once a point. */
export function forgetAlarms(cells: Float64Array, parameters: Parameters): void {
  cells[CELL.alarms]! *= 1 - 1 / parameters.habituationPoints;
}

/** True if the last alarm is long ago. */
export function isRested(cells: Float64Array, time: number): boolean {
  return cells[CELL.points]! > cells[CELL.restUntilPoint]! || time >= cells[CELL.restUntilTime]!;
}

/** Notes an alarm at the point pushed last. */
export function noteAlarm(cells: Float64Array, time: number, parameters: Parameters): void {
  cells[CELL.alarms]! += 1;
  cells[CELL.restUntilPoint] = cells[CELL.points]! + parameters.restPoints;
  cells[CELL.restUntilTime] = time + MOST_REST_SECONDS;
}
