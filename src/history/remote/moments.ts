// Requests for the steps of a question.
import type { QuestionSteps } from "../question-steps.ts";
import type { Parameters } from "./api-client.ts";

/** A query at one or more times, up to the limit of servers. */
export interface Moments {
  readonly path: "query" | "query_range";
  readonly parameters: Parameters;
}

// Prometheus returns at most 11,000 points per series.
const MAX_STEPS_AT_ONCE = 10_000;

/** The requests that evaluate an expression at all steps. @param hasStep whether the result is a range */
export function momentsOf({ firstEnd, stepMillis, count }: QuestionSteps, hasStep: boolean): Moments[] {
  if (!hasStep) return [{ path: "query", parameters: { time: firstEnd / 1_000 } }];
  const requests: Moments[] = [];
  for (let next = 0; next < count; next += MAX_STEPS_AT_ONCE) {
    const start = firstEnd + next * stepMillis;
    const end = start + (Math.min(MAX_STEPS_AT_ONCE, count - next) - 1) * stepMillis;
    const parameters = { start: start / 1_000, end: end / 1_000, step: stepMillis / 1_000 };
    requests.push({ path: "query_range", parameters });
  }
  return requests;
}
