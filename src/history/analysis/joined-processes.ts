// Series of processes that ran at the same time, joined for analyses over their restarts.
import type { Attributes } from "@opentelemetry/api";
import { grouped, keyOf } from "../grouped.ts";
import type { Answer, AnswerSeries, Point, Question } from "../question.ts";

const INSTANCE = "service.instance.id";

/**
 * A query that joins the series of processes. Counters and histograms are added up. Gauges are averaged, because a sum would
 * rise with the number of processes. Questions with `by` are unchanged.
 */
export function joiningProcesses(
  query: (question: Question) => Promise<Answer>,
): (question: Question) => Promise<Answer> {
  return async (question) => {
    const answer = await query(question);
    const keys = new Set(answer.series.flatMap(({ attributes }) => Object.keys(attributes)));
    if (question.by !== undefined || !keys.delete(INSTANCE)) return answer;
    if (answer.type !== "gauge") return query({ ...question, by: [...keys] });
    const all = grouped(answer.series, ({ attributes }) => keyOf(withoutInstance(attributes)));
    return { ...answer, series: Array.from(all.values(), meanOf) };
  };
}

function withoutInstance(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== INSTANCE));
}

function meanOf(series: readonly AnswerSeries[]): AnswerSeries {
  const byTime = grouped(
    series.flatMap(({ points }) => points),
    ([time]) => time,
  );
  const points = Array.from(byTime, ([time, all]): Point => {
    const sum = all.reduce((total, [, value]) => total + value, 0);
    return [time, sum / all.length];
  });
  const { attributes } = series[0]!;
  return { attributes: withoutInstance(attributes), points: points.toSorted(([a], [b]) => a - b) };
}
