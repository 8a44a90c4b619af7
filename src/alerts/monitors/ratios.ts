// Conditions that several areas share.
import { multiple } from "./kinds.ts";

/** Two counters, and the labels by which they are added up besides those of the process. */
export interface Ratio {
  readonly bad: string;
  /** Counter of all events; or of the good ones, if `isTotalGood` is set and `bad` has a label that they do not have. */
  readonly total: string;
  readonly isTotalGood?: boolean;
  readonly by: string;
  readonly window: string;
  readonly threshold: number;
  readonly events: number;
}

/**
 * Share of bad events above a threshold, with a minimum number of bad ones. A process that starts again without any has
 * data: those of all events.
 */
export function ratioAbove({ bad, total, isTotalGood, by, window, threshold, events }: Ratio): string {
  const sum = (rates: string): string => `sum by (job, instance, ${by}) (${rates})`;
  const all = `${isTotalGood === true ? `rate(${bad}[${window}]) or ` : ""}rate(${total}[${window}])`;
  return `${sum(`rate(${bad}[${window}]) or rate(${total}[${window}]) < 0`)}
  / ${sum(all)}
  > ${threshold}
  and ${sum(`increase(${bad}[${window}]) or increase(${total}[${window}]) < 0`)} >= ${events}`;
}

/** A histogram of durations, and its mean over a window against its own past. */
export interface Slowdown {
  readonly histogram: string;
  readonly by: string;
  readonly window: string;
  readonly factor: number;
  readonly minimum: number;
  readonly events: number;
}

/**
 * Mean duration above a multiple of that of the same time of the day before, or of an hour ago without one. `minimum` is
 * the least mean in seconds.
 */
export function slowerThanBefore(slowdown: Slowdown): string {
  const { histogram, by, window, factor, minimum, events } = slowdown;
  const mean = (range: string): string => `sum by (job, instance, ${by}) (rate(${histogram}_sum${range}))
    / sum by (job, instance, ${by}) (rate(${histogram}_count${range}))`;
  const past = multiple(window, 6);
  return `${mean(`[${window}]`)}
  > ${factor} * (
    ${mean(`[${past}] offset 1d`)}
    or
    ${mean(`[${past}] offset 1h`)}
  )
  > ${minimum}
  and sum by (job, instance, ${by}) (increase(${histogram}_count[${window}])) >= ${events}`;
}

/** A condition that is judged only for processes whose `metric` has existed for a whole window, not at their start. */
export function onceFull(expr: string, metric: string, window: string): string {
  return `${expr}
  and on (job, instance) group by (job, instance) (${metric} offset ${window})`;
}

/**
 * Nothing, of which there is data while a process runs. The metric of a fault that has not happened yet is missing, which
 * would hold an alert of an earlier process. Right of `or`, this resolves it.
 */
export const WHILE_RUNNING = "process_uptime_seconds < 0";

/**
 * Increase of a counter that exists only from its first event on. The first value counts whole, which `increase` leaves
 * out.
 */
export function increased(counter: string, window: string): string {
  return `(increase(${counter}[${window}]) > 0 or ${counter} unless ${counter} offset ${window} or ${WHILE_RUNNING})`;
}
