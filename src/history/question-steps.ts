// Times at which the expression of a question is evaluated.
import { MAX_STEPS, type ResolvedQuestion } from "./resolved-question.ts";

/** Ends of windows, in milliseconds. */
export interface QuestionSteps {
  readonly firstEnd: number;
  readonly stepMillis: number;
  readonly count: number;
  readonly windowMillis: number;
}

type AskedTimes = Pick<ResolvedQuestion, "from" | "to" | "step">;

/**
 * The steps of a question; one window over the whole range without a step.
 *
 * @param from start, or time of the oldest point
 */
export function stepsOf({ from: asked, to, step }: AskedTimes, from: number): QuestionSteps {
  // Times are whole milliseconds, and the window includes `from`.
  if (step === undefined) return { firstEnd: to, stepMillis: 1, count: 1, windowMillis: to - from + 1 };
  const whole = wholeSteps(to - from, step);
  if (asked !== undefined)
    return { firstEnd: asked + step, stepMillis: step, count: whole, windowMillis: step };
  // Counted back from the end; an additional step contains the oldest point.
  return { firstEnd: to - whole * step, stepMillis: step, count: whole + 1, windowMillis: step };
}

/** Problem of a question without `from` that has too many steps; `undefined` if it has few enough. */
export function problemOfSteps({ to, step }: AskedTimes, from: number): string | undefined {
  if (step === undefined || wholeSteps(to - from, step) <= MAX_STEPS) return undefined;
  return `step must be long enough for at most ${MAX_STEPS} steps since ${new Date(from).toISOString()}, got ${step / 1_000}`;
}

function wholeSteps(millis: number, step: number): number {
  return Math.floor(millis / step);
}

/** The end of a window. */
export function endOfStep({ firstEnd, stepMillis }: QuestionSteps, step: number): number {
  return firstEnd + step * stepMillis;
}

/** Index of the window with a time; -1 outside of all. Windows follow each other, and exclude their starts. */
export function stepAt({ firstEnd, windowMillis, count }: QuestionSteps, time: number): number {
  const step = Math.ceil((time - firstEnd) / windowMillis);
  return step >= 0 && step < count && time > firstEnd - windowMillis ? step : -1;
}
