// Conditions that several areas share.
import { exactTree } from "../../query/exact.ts";
import type { Binary, Expression } from "../../query/expression.ts";
import { formatSelection, formatTree } from "../../query/syntax/expression-text.ts";
import { formatDuration } from "../../query/syntax/number.ts";
import { parse } from "../../query/syntax/parse.ts";
import { withParts } from "../../query/syntax/tree-parts.ts";
import { durationMillis } from "../rules/duration.ts";
import { multiple } from "./kinds.ts";

const UPTIME = "process_uptime_seconds";

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
 * Events of a counter within a window, as a part of an expression in brackets. A series that began within the window counts
 * from 0, and with all that it had before a reset: `increase` leaves out both. After a gap of all samples, only series with
 * fewer samples than the process are new.
 */
export function counted(counter: string, window: string): string {
  const over = (name: string): string => `${name}(${counter}[${window}])`;
  const [last, increase] = [over("last_over_time"), over("increase")];
  return `(${last} unless ${counter} offset ${window}
    unless ${samplesAfterGap(window)} <= on (job, instance) group_right () ${over("count_over_time")}
  ) + (${increase} - ${over("delta")} > 0 or 0 * ${last})
  or ${increase}`;
}

/**
 * The expression with exact increases in place of what {@link counted} returns, for sources that know the starts of series.
 * Prometheus has none, so its rules keep the longer form.
 */
export function withExactCounts(expression: Expression): Expression {
  const own = withParts(expression, withExactCounts);
  if (own.kind !== "binary" || own.operator !== "or" || !isExactly(own)) return own;
  const { left, right } = own;
  // Left of it may be other operands of `or`.
  return left.kind === "binary" && left.operator === "or"
    ? { ...own, left: left.left, right: exactTree(right) }
    : exactTree(right);
}

// Whether the last operands of `or` are those of {@link counted}.
function isExactly({ left, right }: Binary): boolean {
  if (right.kind !== "call" || right.name !== "increase") return false;
  const [range] = right.args;
  if (range?.kind !== "range") return false;
  const before = left.kind === "binary" && left.operator === "or" ? left.right : left;
  const text = formatTree(before);
  const wanted = parse(counted(formatSelection(range.selector), formatDuration(range.rangeMillis)));
  if (wanted.kind !== "binary") return false;
  // The metric may have another name in the source.
  const uptime = /\(count_over_time\(([\w:]+)\[/.exec(text)?.[1] ?? UPTIME;
  return text === formatTree(wanted.left).replaceAll(UPTIME, uptime);
}

// Samples of a process that started before the window, and had none at its beginning.
function samplesAfterGap(window: string): string {
  const seconds = (durationMillis(window) ?? 0) / 1_000;
  const uptime = UPTIME;
  return `max by (job, instance) (
      count_over_time(${uptime}[${window}])
        and last_over_time(${uptime}[${window}]) >= ${seconds} unless ${uptime} offset ${window}
    )`;
}

/**
 * Share of bad events above a threshold, with a minimum number of bad ones. A process that starts again without any has
 * data: those of all events.
 */
export function ratioAbove({ bad, total, isTotalGood, by, window, threshold, events }: Ratio): string {
  const sum = (counts: string): string => `sum by (job, instance, ${by}) (${counts})`;
  const all = `${isTotalGood === true ? `${counted(bad, window)} or ` : ""}${counted(total, window)}`;
  const failed = sum(`${counted(bad, window)} or increase(${total}[${window}]) < 0`);
  return `${failed}
  / ${sum(all)}
  > ${threshold}
  and ${failed} >= ${events}`;
}

/** A histogram of durations, with the labels by which it is added up besides those of the process. */
export interface Percentile {
  readonly histogram: string;
  readonly selector?: string;
  readonly by?: string;
  readonly quantile: number;
  readonly window: string;
  readonly threshold: number;
  readonly events: number;
}

/** A quantile above a threshold, with a minimum number of events. */
export function percentileAbove(percentile: Percentile): string {
  const { histogram, selector = "", by, quantile, window, threshold, events } = percentile;
  const labels = `job, instance${by === undefined ? "" : `, ${by}`}`;
  return `histogram_quantile(${quantile}, sum by (${labels}, le) (${counted(`${histogram}_bucket${selector}`, window)})) > ${threshold}
  and sum by (${labels}) (${counted(`${histogram}_count${selector}`, window)}) >= ${events}`;
}

// Three checks or more in a window.
const PACES = [1, 4, 24, 288] as const;

/**
 * A condition over a window that is long enough for the interval of checks, of up to 96 windows. `interval` is its metric
 * in seconds. Without one, `window` is long enough.
 */
export function paced(interval: string, by: string, window: string, of: (window: string) => string): string {
  const labels = `job, instance, ${by}`;
  const limit = (pace: number): number => ((durationMillis(window) ?? 0) * pace) / 3_000;
  return PACES.map((pace, i) => {
    const before = PACES[i - 1];
    const within =
      before === undefined
        ? `unless on (${labels}) (${interval} > ${limit(pace)})`
        : `and on (${labels}) (${interval} > ${limit(before)} <= ${limit(pace)})`;
    return `(${of(multiple(window, pace))})
  ${within}`;
  }).join("\n  or ");
}

/** A histogram, as of durations, and its mean over a window against its own past. */
export interface Slowdown {
  readonly histogram: string;
  readonly by: string;
  readonly window: string;
  readonly factor: number;
  readonly minimum: number;
  readonly events: number;
}

/**
 * Mean above a multiple of that of the same time of the day before. Without one, of the third to fifth window
 * before, which memory has. `minimum` is the least mean.
 */
export function slowerThanBefore(slowdown: Slowdown): string {
  const { histogram, by, window, factor, minimum, events } = slowdown;
  const sum = (values: string): string => `sum by (job, instance, ${by}) (${values})`;
  const mean = (of: (counter: string) => string): string =>
    `${sum(of(`${histogram}_sum`))}
    / (${sum(of(`${histogram}_count`))} > 0)`;
  // A part of the window before would say little.
  const before = (range: string, offset: string): string =>
    onceFull(
      mean((counter) => `rate(${counter}[${range}] offset ${offset})`),
      `${histogram}_count`,
      formatDuration((durationMillis(range) ?? 0) + (durationMillis(offset) ?? 0)),
    );
  return `${mean((counter) => counted(counter, window))}
  > ${factor} * (
    ${before(multiple(window, 6), "1d")}
    or
    ${before(multiple(window, 3), multiple(window, 2))}
  )
  > ${minimum}
  and ${sum(counted(`${histogram}_count`, window))} >= ${events}`;
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

/** Events of a counter within a window, in brackets. Without any, it has data while a process runs. */
export function increased(counter: string, window: string): string {
  return `(${counted(counter, window)} or ${WHILE_RUNNING})`;
}
