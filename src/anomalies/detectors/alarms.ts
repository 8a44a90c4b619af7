// Score and alarms. After an alarm the detector rests. Each alarm raises the evidence needed for the next one, since a
// series that is often unusual should not be reported each time.
import { CELL } from "./layout.ts";
import type { Parameters } from "./parameters.ts";

const DAY_SECONDS = 86_400;

/** Returns the evidence for a score of 0.5. */
export function evidenceNeeded(cells: Float64Array, parameters: Parameters): number {
  const interval = cells[CELL.interval]!;
  const { warmUpPoints, cautionSeconds, cautionAmount, halfEvidence, habituation } = parameters;
  const cautionPoints = interval > 0 ? Math.max(warmUpPoints, cautionSeconds / interval) : warmUpPoints;
  const caution = Math.min(1, cautionPoints / cells[CELL.points]!);
  return halfEvidence * (1 + habituation * cells[CELL.alarms]! + cautionAmount * caution);
}

/** Forgets a little of the past alarms. Called once a point. */
export function forgetAlarms(cells: Float64Array, parameters: Parameters): void {
  const { habituationPoints, habituationDays } = parameters;
  const forgotten = Math.min(1 / habituationPoints, cells[CELL.interval]! / (habituationDays * DAY_SECONDS));
  cells[CELL.alarms]! *= 1 - forgotten;
}

/**
 * Returns whether an alarm begins with a point that is unusual. During the rest after an alarm none begins, and each
 * unusual point prolongs the rest. A rest ends after a day, even if the points are hours apart.
 */
export function beginsAlarm(cells: Float64Array, time: number, parameters: Parameters): boolean {
  const point = cells[CELL.points]!;
  if (point <= cells[CELL.restUntilPoint]! && time < cells[CELL.restUntilTime]!) {
    cells[CELL.restUntilPoint] = Math.max(cells[CELL.restUntilPoint]!, point + parameters.prolongedPoints);
    return false;
  }
  cells[CELL.alarms]! += 1;
  cells[CELL.restUntilPoint] = point + parameters.restPoints;
  cells[CELL.restUntilTime] = time + DAY_SECONDS;
  return true;
}
