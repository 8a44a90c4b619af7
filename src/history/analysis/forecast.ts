// When the series of a metric will reach a value.
import type { Attributes } from "@opentelemetry/api";
import { type MetricType, type Question, QuestionError } from "../question.ts";
import { type Asked, checkedConfidence } from "./asked-points.ts";
import { crossingOf } from "./crossing.ts";
import { valueAt } from "./fitted-line.ts";
import { type AnalysisOptions, type LinedSeries, linedSeries, type SeriesTrend } from "./trend.ts";

/**
 * When one series will reach the threshold, if it goes on as it did. Times are in seconds since the epoch.
 *
 * - `reached`: it has passed it, at `at`, between the first point and the last
 * - `expected`: at `at`, between `earliest` and `latest`
 * - `possible`: so the line says, or its limits; but the points also allow that it never does, so there is no `latest`
 * - `unlikely`: it goes another way, by all that the points allow
 */
export interface SeriesForecast {
  readonly attributes: Attributes;
  readonly outcome: "reached" | "expected" | "possible" | "unlikely";
  readonly at?: number;
  readonly earliest?: number;
  readonly latest?: number;
  /** The line's value at the last point. */
  readonly value: number;
  readonly trend: SeriesTrend;
}

/** The answer to `forecast`. Series of fewer than three points are left out. */
export interface Forecast {
  readonly metric: string;
  readonly unit: string;
  readonly type: MetricType;
  readonly threshold: number;
  readonly confidence: number;
  readonly series: readonly SeriesForecast[];
}

/**
 * When the lines of `trendOf` reach a threshold, from whichever side of it they are.
 *
 * @throws QuestionError by the promise, with what is wrong with the question or the threshold.
 */
export async function forecastOf(
  asked: Asked,
  question: Question,
  threshold: number,
  { confidence: given }: AnalysisOptions = {},
): Promise<Forecast> {
  const confidence = checkedConfidence(question, given);
  if (!Number.isFinite(threshold))
    throw new QuestionError(question.metric, [`threshold is ${String(threshold)}; give a finite number`]);
  const { answer, lined } = await linedSeries(asked, question, confidence);
  const series = lined.map((each) => forecastOfSeries(each, threshold, confidence));
  return { ...answer, threshold, confidence, series };
}

function forecastOfSeries(
  { attributes, line, trend }: LinedSeries,
  threshold: number,
  confidence: number,
): SeriesForecast {
  const value = valueAt(line, trend.to);
  const known = { attributes, value, trend };
  const hasPassed = (trend.start - threshold) * (value - threshold) <= 0;
  if (hasPassed) {
    const since = line.meanTime + (threshold - line.meanValue) / line.slope;
    // What does not change is at it from the beginning.
    return { ...known, outcome: "reached", at: line.slope === 0 ? trend.from : since };
  }
  const { at, earliest, latest } = crossingOf(line, threshold, trend.to, confidence);
  const times = {
    ...(at !== undefined && { at }),
    ...(earliest !== undefined && { earliest }),
    ...(latest !== undefined && { latest }),
  };
  const outcome = latest !== undefined ? "expected" : earliest !== undefined ? "possible" : "unlikely";
  return { ...known, outcome, ...times };
}
