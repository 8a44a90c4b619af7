// Points for analyses. They are aggregated, so that a year costs as much as an hour.
import {
  type AggregateName,
  type Answer,
  type MetricType,
  type Question,
  QuestionError,
} from "../question.ts";
import { QuestionProblems } from "../resolved-question.ts";

export interface Asked {
  query(question: Question): Promise<Answer>;
  /** The time of a question's oldest point, in seconds; undefined or infinite without points. */
  oldest(question: Question): Promise<number | undefined>;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

// Numbers of steps to try, because the rate of a counter requires two points per step.
const STEPS_OF_RANGE = [240, 60, 15];
// A longer step is tried if there are fewer points.
const ENOUGH_POINTS = 10;
const MIN_STEP_SECONDS = 1;

/** Default aggregates of analyses. */
export const ANALYSED: Readonly<Record<MetricType, AggregateName>> = {
  gauge: "MEAN",
  counter: "RATE",
  histogram: "MEAN",
};

/** Queries several ranges with the same step. Step and aggregate have defaults. */
export async function askedPoints(
  { query }: Pick<Asked, "query">,
  question: Question,
  ranges: readonly Range[],
): Promise<readonly Answer[]> {
  const aggregate = question.aggregate ?? ANALYSED[await typeOf(query, question, ranges)];
  const ask = (step: number): Promise<readonly Answer[]> =>
    Promise.all(ranges.map(({ from, to }) => query({ ...question, aggregate, from, to, step })));
  if (question.step !== undefined) return ask(question.step);
  const shortest = Math.min(...ranges.map(({ from, to }) => to - from));
  let answers: readonly Answer[] = [];
  for (const steps of STEPS_OF_RANGE) {
    answers = await ask(Math.max(Math.ceil(shortest / steps), MIN_STEP_SECONDS));
    if (answers.every((answer) => answer.series.some(({ points }) => points.length >= ENOUGH_POINTS))) break;
  }
  return answers;
}

/** The range of a question; `undefined` if there are no points. */
export async function rangeOf(
  { oldest }: Pick<Asked, "oldest">,
  question: Question,
): Promise<Range | undefined> {
  const to = secondsFrom(question, "to") ?? Date.now() / 1_000;
  const from = secondsFrom(question, "from") ?? (await oldest(question));
  return from === undefined || from > to ? undefined : { from, to };
}

/** @throws QuestionError if the confidence is invalid */
export function checkedConfidence({ metric }: Question, confidence: unknown = 0.95): number {
  if (typeof confidence === "number" && confidence > 0 && confidence < 1) return confidence;
  throw new QuestionError(metric, [`confidence must be a number between 0 and 1, got ${String(confidence)}`]);
}

async function typeOf(
  query: Asked["query"],
  question: Question,
  ranges: readonly Range[],
): Promise<MetricType> {
  const { step: _, ...others } = question;
  const [{ to } = { to: 0 }] = ranges;
  const { type } = await query({ ...others, from: to, to, aggregate: "LAST" });
  return type;
}

function secondsFrom(question: Question, name: "from" | "to"): number | undefined {
  const problems = new QuestionProblems();
  const millis = problems.moment(name, question[name]);
  problems.assertNone(question.metric);
  return millis === undefined ? undefined : millis / 1_000;
}
