// Series of processes that ran at the same time, joined for analyses over their restarts.
import type { Attributes } from "@opentelemetry/api";
import { keyOf } from "../comparison.ts";
import { grouped } from "../../query/grouped.ts";
import type { AggregateName, Answer, AnswerSeries, Point, Question } from "../question.ts";

const INSTANCE = "service.instance.id";

type Combine = (values: readonly number[]) => number;

const sum: Combine = (values) => values.reduce((total, value) => total + value, 0);
const mean: Combine = (values) => sum(values) / values.length;
// A quantile of all values does not follow from those of the processes.
const OF_GAUGES: Readonly<Partial<Record<AggregateName, Combine>>> = {
  MEAN: mean,
  LAST: mean,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
  SUM: sum,
  COUNT: sum,
};

/**
 * A query that joins the series of processes. Counters and histograms are added up. Values of gauges are averaged, because a
 * sum would rise with the number of processes; minimum, maximum, sum and count are those of all. Questions with `by` are
 * unchanged, and so are other aggregates of gauges.
 */
export function joiningProcesses(
  query: (question: Question) => Promise<Answer>,
): (question: Question) => Promise<Answer> {
  return async (question) => {
    const answer = await query(question);
    const keys = new Set(answer.series.flatMap(({ attributes }) => Object.keys(attributes)));
    if (question.by !== undefined || !keys.delete(INSTANCE)) return answer;
    if (answer.type !== "gauge") return query({ ...question, by: [...keys] });
    const { aggregate = "MEAN" } = question;
    const combine = typeof aggregate === "string" ? OF_GAUGES[aggregate] : undefined;
    if (combine === undefined) return answer;
    const all = grouped(answer.series, ({ attributes }) => keyOf(withoutInstance(attributes)));
    return { ...answer, series: Array.from(all.values(), (series) => joined(series, combine)) };
  };
}

function withoutInstance(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== INSTANCE));
}

function joined(series: readonly AnswerSeries[], combine: Combine): AnswerSeries {
  const byTime = grouped(
    series.flatMap(({ points }) => points),
    ([time]) => time,
  );
  const points = Array.from(byTime, ([time, all]): Point => [time, combine(all.map(([, value]) => value))]);
  const { attributes } = series[0]!;
  return { attributes: withoutInstance(attributes), points: points.toSorted(([a], [b]) => a - b) };
}
