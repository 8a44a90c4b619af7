// Values of durations.
import type { DurationExpression } from "../expression.ts";
import type { Refuse } from "./refuse.ts";

/** Times of a query, in Unix milliseconds. */
export interface QueryTimes {
  readonly start: number;
  readonly end: number;
  /** 0 for a query at one time. */
  readonly stepMillis: number;
}

interface DurationRules {
  /** Whether it may be 0 or less. */
  readonly isSigned: boolean;
  readonly remedy: string;
  readonly refuse: Refuse;
}

/** Whether Prometheus can hold a duration: as nanoseconds in 64 bits. */
export function isInRange(seconds: number): boolean {
  return Math.abs(seconds) <= 2 ** 63 / 1e9;
}

/** The error of a division by 0. */
export const DIVIDED_BY_0 = "the duration is divided by 0";

/** The error of a duration that is not, and what to do. */
export const OUT_OF_RANGE = ["the duration is out of range", "write at most 292y"] as const;

/** Whether a duration contains the step or the range of the query. */
export function dependsOnQuery(expression: DurationExpression | undefined): boolean {
  if (expression === undefined || expression.kind === "number") return false;
  const { operator, left, right } = expression;
  return operator === "step" || operator === "range" || dependsOnQuery(left) || dependsOnQuery(right);
}

/** Value of a duration in milliseconds. `times` may be `undefined` if it does not depend on the query. */
export function durationMillis(
  expression: DurationExpression,
  times: QueryTimes | undefined,
  { isSigned, remedy, refuse }: DurationRules,
): number {
  const seconds = secondsOf(expression, times, (problem, position) => refuse(problem, remedy, position));
  if (!isInRange(seconds)) throw refuse(...OUT_OF_RANGE, expression.start);
  if (!isSigned && seconds <= 0)
    throw refuse(`the duration must be above 0, got ${seconds}s`, remedy, expression.start);
  // A number is rounded to nanoseconds first.
  const millis = expression.kind === "number" ? Math.round(Math.abs(seconds) * 1e9) / 1e6 : 0;
  return Math.trunc(expression.kind === "number" ? Math.sign(seconds) * millis : seconds * 1e3) + 0;
}

function secondsOf(
  expression: DurationExpression,
  times: QueryTimes | undefined,
  refuse: (problem: string, position: number) => Error,
): number {
  if (expression.kind === "number") return expression.value;
  const { operator, start } = expression;
  const valueOf = (each: DurationExpression | undefined): number =>
    each === undefined ? 0 : secondsOf(each, times, refuse);
  const [left, right] = [valueOf(expression.left), valueOf(expression.right)] as const;
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
    case "%":
      if (right === 0) throw refuse(DIVIDED_BY_0, start);
      return operator === "/" ? left / right : left % right;
    case "^":
      return left ** right;
    case "min_of":
      return Math.min(left, right);
    case "max_of":
      return Math.max(left, right);
    case "step":
      return (times?.stepMillis ?? 0) / 1_000;
    case "range":
      return times === undefined ? 0 : (times.end - times.start) / 1_000;
    default:
      return operator satisfies never;
  }
}
