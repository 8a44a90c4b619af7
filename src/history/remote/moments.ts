// The moments for which an engine is asked.
import { QuestionError } from "../question.ts";
import { MAX_STEPS } from "../resolved-question.ts";
import type { Parameters } from "./api-client.ts";
import type { RemoteQuestion } from "./expression.ts";

/** The ends of windows, and how long these are; in milliseconds. */
export interface Moments {
  /** Of a request each: one moment, or as many as an engine answers at once. */
  readonly requests: readonly { readonly path: "query" | "query_range"; readonly parameters: Parameters }[];
  readonly windowMillis: number;
}

// Prometheus answers 11,000 points a series.
const MAX_STEPS_AT_ONCE = 10_000;

/**
 * The moments of a question.
 *
 * @param from when it begins, or the oldest point is from; in milliseconds since the epoch.
 * @throws QuestionError where these are too many.
 */
export function momentsOf({ metric, from: asked, to, step }: RemoteQuestion, from: number): Moments {
  // Times are whole milliseconds: what comes after the one before `from` is at `from` or after it.
  if (step === undefined) {
    return { requests: [{ path: "query", parameters: { time: to / 1_000 } }], windowMillis: to - from + 1 };
  }
  const whole = Math.floor((to - from) / step);
  if (whole > MAX_STEPS) {
    throw new QuestionError(metric, [
      `step is ${step / 1_000}, and the oldest point is from ${new Date(from).toISOString()}; give a step that the range holds ${MAX_STEPS} times at most`,
    ]);
  }
  // Counted back from the end, one step more holds the oldest point.
  const first = asked === undefined ? to - whole * step : asked + step;
  const last = asked === undefined ? to : asked + whole * step;
  const requests: Moments["requests"][number][] = [];
  for (let start = first; start <= last; start += MAX_STEPS_AT_ONCE * step) {
    const end = Math.min(start + (MAX_STEPS_AT_ONCE - 1) * step, last);
    const parameters = { start: start / 1_000, end: end / 1_000, step: step / 1_000 };
    requests.push({ path: "query_range", parameters });
  }
  return { requests, windowMillis: step };
}
