// Where the series of a metric are going.
import type { Attributes } from "@opentelemetry/api";
import { type MetricType, type Question, QuestionError } from "../question.ts";
import { type Asked, askedPoints, checkedConfidence, rangeOf } from "./asked-points.ts";
import { crossingOf, errorsWithin, type FittedLine, fittedLine, slopeError, valueAt } from "./fitted-line.ts";

/** How sure an analysis is to be. */
export interface AnalysisOptions {
  /** The probability that the truth lies within the limits. @defaultValue 0.95 */
  readonly confidence?: number;
}

/** Where one series is going. */
export interface SeriesTrend {
  readonly attributes: Attributes;
  readonly points: number;
  /** Change per second, and its limits. */
  readonly slope: number;
  readonly slopeLow: number;
  readonly slopeHigh: number;
  /** `steady` where the limits are on both sides of 0. */
  readonly direction: "rising" | "falling" | "steady";
  /** Times of the first and last point, and the line's values then. */
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

/** The answer to `trend`. Series of fewer than three points are left out. */
export interface Trend {
  readonly metric: string;
  readonly unit: string;
  readonly type: MetricType;
  readonly confidence: number;
  readonly series: readonly SeriesTrend[];
}

interface LinedSeries {
  readonly attributes: Attributes;
  readonly line: FittedLine;
  readonly trend: SeriesTrend;
}

/** Lines by least squares; their limits allow for alike neighbours. @throws QuestionError by the promise */
export async function trendOf(
  asked: Asked,
  question: Question,
  { confidence: given }: AnalysisOptions = {},
): Promise<Trend> {
  const confidence = checkedConfidence(question, given);
  const { answer, lined } = await linedSeries(asked, question, confidence);
  return { ...answer, confidence, series: lined.map(({ trend }) => trend) };
}

async function linedSeries(
  asked: Asked,
  question: Question,
  confidence: number,
): Promise<{
  readonly answer: Omit<Trend, "confidence" | "series">;
  readonly lined: readonly LinedSeries[];
}> {
  const range = await rangeOf(asked, question);
  // Without points the unit is still known, and the question may be invalid.
  const answers = range && (await askedPoints(asked, question, [range]));
  const { metric, unit, type, series } = answers?.[0] ?? (await asked.query(question));
  const lined = series.flatMap(({ attributes, points }) => {
    const finite = points.filter(([, value]) => Number.isFinite(value));
    const line = fittedLine(finite);
    if (line === undefined) return [];
    const [from, to] = [finite[0]![0], finite.at(-1)![0]];
    const trend = { attributes, points: finite.length, ...slopeOf(line, confidence), from, to };
    return [{ attributes, line, trend: { ...trend, start: valueAt(line, from), end: valueAt(line, to) } }];
  });
  return { answer: { metric, unit, type }, lined };
}

function slopeOf(
  line: FittedLine,
  confidence: number,
): Pick<SeriesTrend, "slope" | "slopeLow" | "slopeHigh" | "direction"> {
  const width = errorsWithin(line, confidence) * slopeError(line);
  const [slopeLow, slopeHigh] = [line.slope - width, line.slope + width];
  const direction = slopeLow > 0 ? "rising" : slopeHigh < 0 ? "falling" : "steady";
  return { slope: line.slope, slopeLow, slopeHigh, direction };
}

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

/** When the lines of `trendOf` reach a threshold. @throws QuestionError by the promise */
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
    // A constant is reached from the beginning.
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
