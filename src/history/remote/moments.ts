// Times at which a server evaluates the expression of a question.
import { QuestionError } from "../question.ts";
import { MAX_STEPS, type ResolvedQuestion } from "../resolved-question.ts";
import type { Parameters } from "./api-client.ts";

interface Moments {
  /** Queries of one or more times each, up to the limit of servers. */
  readonly requests: readonly { readonly path: "query" | "query_range"; readonly parameters: Parameters }[];
  readonly windowMillis: number;
}

// Prometheus returns at most 11,000 points per series.
const MAX_STEPS_AT_ONCE = 10_000;

/**
 * @param from start, or time of the oldest point, in milliseconds
 * @throws QuestionError for too many times
 */
export function momentsOf({ metric, from: asked, to, step }: ResolvedQuestion, from: number): Moments {
  // Times are whole milliseconds, and the window includes `from`.
  if (step === undefined) {
    return { requests: [{ path: "query", parameters: { time: to / 1_000 } }], windowMillis: to - from + 1 };
  }
  const whole = Math.floor((to - from) / step);
  if (whole > MAX_STEPS) {
    throw new QuestionError(metric, [
      `step must be long enough for at most ${MAX_STEPS} steps since ${new Date(from).toISOString()}, got ${step / 1_000}`,
    ]);
  }
  // Counted back from the end; an additional step contains the oldest point.
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
