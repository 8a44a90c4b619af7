import type { Subquery } from "../expression.ts";

/** Times at which an expression is evaluated, in Unix milliseconds. */
export interface Steps {
  readonly start: number;
  readonly stepMillis: number;
  /** At least 1. */
  readonly count: number;
}

// Prometheus' default evaluation interval.
const SUBQUERY_STEP_MILLIS = 60_000;

/**
 * Steps of a subquery: multiples of its step after the start of the first window. The ends of the windows are given, in
 * Unix milliseconds. `undefined` without any.
 */
export function subquerySteps(node: Subquery, firstEnd: number, lastEnd: number): Steps | undefined {
  // As in Prometheus, a step below 1 ms is the default one.
  const step = node.stepMillis === 0 ? SUBQUERY_STEP_MILLIS : (node.stepMillis ?? SUBQUERY_STEP_MILLIS);
  const start = firstEnd - node.rangeMillis;
  const first = step * Math.floor(start / step) + step;
  return stepsBetween(first, lastEnd, step);
}

/** Steps from `start` to `end` at most; `undefined` if `end` is before `start`. */
export function stepsBetween(start: number, end: number, stepMillis: number): Steps | undefined {
  if (end < start) return undefined;
  return { start, stepMillis, count: Math.floor((end - start) / stepMillis) + 1 };
}
