// Changes that may be the cause of an alert.
import type { Correlated } from "./correlated.ts";

// A change that begins later than the alert's own is not its cause. Samples may be a minute apart.
const LATE_SECONDS = 60;
// With the fewest samples that are compared, the time between two of them is a smaller part of the window.
const LATE_PART = 0.15;
/** Figures of the machine and the process. All programs move them a little, and an alert moves them too. */
const RESOURCES = /^(?:system|process)_/;
// Such as locks of files and connections of all programs.
const COUNTS_OF_THE_MACHINE = /^system_\w+_count$/;
const LEAST_FACTOR = 1.5;

/**
 * Whether a clear change may be the cause of an alert. It did not begin later. If it is of the machine or the process, it is more
 * than their drift.
 */
export function mayBeCause(change: Correlated, windowSeconds: number): boolean {
  const { isWeak, metric, leadSeconds } = change;
  const isLate = -leadSeconds > Math.min(LATE_SECONDS, LATE_PART * windowSeconds);
  return !isWeak && !isLate && !(RESOURCES.test(metric) && isDrift(change));
}

/** Whether a metric is about the machine or the process as a whole. */
export function isOfResources(metric: string): boolean {
  return RESOURCES.test(metric);
}

function isDrift({ metric, direction, factor }: Correlated): boolean {
  if (direction === "wider" || direction === "narrower" || COUNTS_OF_THE_MACHINE.test(metric)) return true;
  return factor < LEAST_FACTOR && factor > 1 / LEAST_FACTOR;
}
