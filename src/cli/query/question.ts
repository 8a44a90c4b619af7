// Conversion of command arguments to a question.
import type { AggregateName, HistorySource, MetricType, Question } from "../../history/index.ts";
import { AGGREGATES } from "../../history/question.ts";
import { durationFrom, timeFrom, UsageError, whereFrom, type WordArguments } from "../arguments.ts";

/** Default aggregates by type of metric. */
const USUAL = { gauge: "MEAN", counter: "RATE", histogram: "MEAN" } as const satisfies Record<
  MetricType,
  AggregateName
>;

const DEFAULT_RANGE_SECONDS = 3_600;
// Longer steps to try, because the rate of a counter requires two points per step.
const COARSER = [1, 4, 12];
const ENOUGH_POINTS = 8;

/** A question with a known range. */
export interface AskedQuestion extends Question {
  readonly aggregate?: AggregateName;
  readonly from: number;
  readonly to: number;
}

/**
 * The question in the arguments, without defaults that depend on the type of the metric.
 *
 * @throws UsageError if an argument is invalid
 */
export function questionFrom(metric: string, given: WordArguments): AskedQuestion {
  const to = timeFrom("to", given.text("to")) ?? Date.now() / 1_000;
  const from = timeFrom("from", given.text("from")) ?? to - DEFAULT_RANGE_SECONDS;
  if (from > to) throw new UsageError("query: --from must not be after --to");
  const step = durationFrom("step", given.text("step"));
  const aggregate = aggregateFrom(given.text("aggregate"));
  const quantile = quantileFrom(given.text("quantile"));
  const by = given.text("by");
  if (given.flag("points") && (step ?? aggregate ?? quantile) !== undefined)
    throw new UsageError("query: --points cannot be combined with --step, --aggregate or --quantile");
  if (quantile !== undefined && aggregate !== undefined && aggregate !== "QUANTILE")
    throw new UsageError(`query: --quantile cannot be combined with --aggregate ${aggregate}`);
  if (step !== undefined && step > to - from)
    throw new UsageError(
      "query: --step must not be longer than the range; use a shorter step or an earlier --from",
    );
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

/** Adds defaults of aggregate and step, except for a single value or the stored points. */
export async function completed(
  history: HistorySource,
  question: AskedQuestion,
  given: WordArguments,
  steps: number,
): Promise<AskedQuestion> {
  const isTimeSeries = question.step !== undefined || question.aggregate === undefined;
  if (given.flag("points") || !isTimeSeries) return question;
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
    // A new series has few points with any step, and most with a short one.
    if (longest > most) [chosen, most] = [asked, longest];
    if (most >= ENOUGH_POINTS) break;
  }
  return chosen;
}

function aggregateFrom(text: string | undefined): AggregateName | undefined {
  if (text === undefined) return undefined;
  const name = AGGREGATES.find((each) => each === text.toUpperCase());
  if (name !== undefined) return name;
  throw new UsageError(`--aggregate must be one of ${AGGREGATES.join(", ")}, got "${text}"`);
}

function quantileFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const quantile = Number(text);
  if (text.trim() !== "" && quantile >= 0 && quantile <= 1) return quantile;
  throw new UsageError(`--quantile must be a number from 0 to 1, got "${text}"`);
}
