import type { Attributes } from "@opentelemetry/api";
import { answer } from "../../../src/history/query/answer.ts";
import { ownAggregate, unpackedSeries } from "../../../src/history/query/points.ts";
import { inSlices } from "../../../src/io/yield.ts";
import type { Store } from "../../../src/history/store/index.ts";
import type { Question } from "../../../src/history/question.ts";
import { resolvedQuestion } from "../../../src/history/resolved-question.ts";

/** The attributes and points of a result, or its problem. `to` is 100,000 s after the epoch by default. */
export async function asked(
  store: Store,
  question: Omit<Question, "metric"> & { readonly metric?: string },
): Promise<readonly (readonly [Attributes, readonly (readonly [number, number])[]])[] | string> {
  const whole: Question = { metric: "m", ...question };
  const given = resolvedQuestion(whole, 100_000_000);
  const result = await answer(given, (read) => read(store));
  if (result.problem !== undefined) return result.problem;
  const series = await inSlices(unpackedSeries(result));
  const found = typeof whole.aggregate === "function" ? ownAggregate(whole.aggregate, given, series) : series;
  return found.map(({ attributes, points }) => [attributes, points]);
}
