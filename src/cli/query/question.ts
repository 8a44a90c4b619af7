// What a line of arguments asks.
import type { AggregateName, HistorySource, MetricType, Question } from "../../history/index.ts";
import { AGGREGATES } from "../../history/question.ts";
import { durationFrom, timeFrom, UsageError, whereFrom, type WordArguments } from "../arguments.ts";

/** What a metric of the kind says of a moment. */
const USUAL = { gauge: "MEAN", counter: "RATE", histogram: "MEAN" } as const satisfies Record<
  MetricType,
  AggregateName
>;

const DEFAULT_RANGE_SECONDS = 3_600;
// The rate of a counter needs two points a step.
const COARSER = [1, 4, 12];
const ENOUGH_POINTS = 8;

/** A question whose range is known. */
export interface AskedQuestion extends Question {
  readonly aggregate?: AggregateName;
  readonly from: number;
  readonly to: number;
}

/**
 * The question about a metric, without what is chosen by the metric's type.
 *
 * @throws UsageError with what cannot be understood.
 */
export function questionFrom(metric: string, given: WordArguments): AskedQuestion {
  const to = timeFrom("to", given.text("to")) ?? Date.now() / 1_000;
  const from = timeFrom("from", given.text("from")) ?? to - DEFAULT_RANGE_SECONDS;
  if (from > to) throw new UsageError("query: --from is after --to; give the earlier moment first");
  const step = durationFrom("step", given.text("step"));
  const aggregate = aggregateFrom(given.text("aggregate"));
  const quantile = quantileFrom(given.text("quantile"));
  const by = given.text("by");
  if (given.flag("points") && (step ?? aggregate ?? quantile) !== undefined)
    throw new UsageError("query: --points is given with --step, --aggregate or --quantile; give one of them");
  if (quantile !== undefined && aggregate !== undefined && aggregate !== "QUANTILE")
    throw new UsageError(`query: --quantile is given with --aggregate ${aggregate}; give one of them`);
  if (step !== undefined && step > to - from)
    throw new UsageError("query: --step is longer than the range; give a shorter one, or an earlier --from");
  return {
    metric,
    where: whereFrom(given.list("where")),
    from,
    to,
    ...(step !== undefined && { step }),
    ...(aggregate !== undefined && { aggregate }),
    ...(quantile !== undefined && { quantile, aggregate: aggregate ?? "QUANTILE" }),
    ...(by !== undefined && {
      by: by
        .split(",")
        .map((key) => key.trim())
        .filter((key) => key !== ""),
    }),
  };
}

/** The question as it is asked: a course over the range, unless one value or the stored points are wanted. */
export async function completed(
  history: HistorySource,
  question: AskedQuestion,
  given: WordArguments,
  steps: number,
): Promise<AskedQuestion> {
  const isCourse = question.step !== undefined || question.aggregate === undefined;
  if (given.flag("points") || !isCourse) return question;
  const { step: _, ...others } = question;
  const { type } = await history.query({ ...others, from: question.to, aggregate: "LAST" });
  const aggregate = question.aggregate ?? USUAL[type];
  if (question.step !== undefined) return { ...question, aggregate };
  const finest = Math.max((question.to - question.from) / steps, 1);
  let chosen: AskedQuestion = { ...question, aggregate, step: Math.ceil(finest) };
  let most = 0;
  for (const factor of COARSER) {
    const asked = { ...chosen, step: Math.ceil(finest * factor) };
    const { series } = await history.query(asked);
    const longest = series.reduce((longer, { points }) => Math.max(longer, points.length), 0);
    // What began just now has few points in steps of any length: most of them in short ones.
    if (longest > most) [chosen, most] = [asked, longest];
    if (most >= ENOUGH_POINTS) break;
  }
  return chosen;
}

function aggregateFrom(text: string | undefined): AggregateName | undefined {
  if (text === undefined) return undefined;
  const name = AGGREGATES.find((each) => each === text.toUpperCase());
  if (name !== undefined) return name;
  throw new UsageError(`--aggregate: "${text}" is no aggregate; give one of ${AGGREGATES.join(", ")}`);
}

function quantileFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const quantile = Number(text);
  if (text.trim() !== "" && quantile >= 0 && quantile <= 1) return quantile;
  throw new UsageError(`--quantile: "${text}" is no quantile; give a number from 0 to 1`);
}
