// Trends and forecasts of a metric.
import type { Attributes } from "@opentelemetry/api";
import { type MetricType, type Question, QuestionError } from "../question.ts";
import { type Asked, askedPoints, checkedConfidence, rangeOf } from "./asked-points.ts";
import { crossingOf, errorsWithin, type FittedLine, fittedLine, slopeError, valueAt } from "./fitted-line.ts";
import { withoutRounding } from "./rounding.ts";

/** Options of an analysis. */
export interface AnalysisOptions {
  /** Probability that the true value is within the limits. @defaultValue 0.95 */
  readonly confidence?: number;
}

/** The trend of a series. */
export interface SeriesTrend {
  /** Attributes of the series. */
  readonly attributes: Attributes;
  /** Number of finite points. */
  readonly points: number;
  /** Change per second. */
  readonly slope: number;
  /** Lower limit of the slope. */
  readonly slopeLow: number;
  /** Upper limit of the slope. */
  readonly slopeHigh: number;
  /** `steady` if the limits are on both sides of 0. */
  readonly direction: "rising" | "falling" | "steady";
  /** Time of the first point, in seconds since the epoch. */
  readonly from: number;
  /** Time of the last point, in seconds since the epoch. */
  readonly to: number;
  /** Value of the line at `from`. */
  readonly start: number;
  /** Value of the line at `to`. */
  readonly end: number;
}

/** The result of `trend`. Series with fewer than three points are left out. */
export interface Trend {
  /** The name as asked. */
  readonly metric: string;
  /** UCUM unit of the metric, empty if unknown. */
  readonly unit: string;
  /** Type of the metric. */
  readonly type: MetricType;
  /** Probability that the true value is within the limits, as asked or 0.95. */
  readonly confidence: number;
  /** Trend of each series. */
  readonly series: readonly SeriesTrend[];
}

interface LinedSeries {
  readonly attributes: Attributes;
  readonly line: FittedLine;
  readonly trend: SeriesTrend;
}

/**
 * Fits lines by least squares; their limits allow for autocorrelation. Rejects with a QuestionError if the question is
 * invalid.
 */
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
  // Queried even without points, for the unit and for the validation of the question.
  const answers = range && (await askedPoints(asked, question, [range]));
  const { metric, unit, type, series } = answers?.[0] ?? (await asked.query(question));
  const lined = series.flatMap(({ attributes, points }) => {
    const finite = points.filter(([, value]) => Number.isFinite(value));
    const values = withoutRounding(Float64Array.from(finite, ([, value]) => value));
    const line = fittedLine(finite.map(([time], i) => [time, values[i]!]));
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
 * A forecast of when a series reaches the threshold if its trend continues. Times are in seconds since the epoch.
 *
 * - `reached`: it was passed at `at`, between the first and the last point. A threshold below values that do not fall is
 *   passed from the first point on
 * - `expected`: at `at`, between `earliest` and `latest`
 * - `possible`: the line or its limits reach it, but may also never reach it, so there is no `latest`
 * - `unlikely`: neither the line nor its limits reach it
 */
export interface SeriesForecast {
  /** Attributes of the series. */
  readonly attributes: Attributes;
  /** Whether the series has reached or will reach the threshold. */
  readonly outcome: "reached" | "expected" | "possible" | "unlikely";
  /** Time at which the line reaches the threshold; missing if it never does. */
  readonly at?: number;
  /** Earliest time within the limits; missing if it was reached, or is unlikely. */
  readonly earliest?: number;
  /** Latest time within the limits; only for `expected`. */
  readonly latest?: number;
  /** The value of the line at the last point. */
  readonly value: number;
  /** Trend of the series. */
  readonly trend: SeriesTrend;
}

/** The result of `forecast`. Series with fewer than three points are left out. */
export interface Forecast {
  /** The name as asked. */
  readonly metric: string;
  /** UCUM unit of the metric, empty if unknown. */
  readonly unit: string;
  /** Type of the metric. */
  readonly type: MetricType;
  /** The threshold as asked. */
  readonly threshold: number;
  /** Probability that the true value is within the limits, as asked or 0.95. */
  readonly confidence: number;
  /** Forecast of each series. */
  readonly series: readonly SeriesForecast[];
}

/** Forecasts when the lines of `trendOf` reach a threshold. Rejects with a QuestionError if the question is invalid. */
export async function forecastOf(
  asked: Asked,
  question: Question,
  threshold: number,
  { confidence: given }: AnalysisOptions = {},
): Promise<Forecast> {
  const confidence = checkedConfidence(question, given);
  if (!Number.isFinite(threshold))
    throw new QuestionError(question.metric, [`threshold must be a finite number, got ${String(threshold)}`]);
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
    // A constant line on the threshold has reached it from the start.
    return { ...known, outcome: "reached", at: line.slope === 0 ? trend.from : since };
  }
  // A falling value has its limit below; another one has exceeded it.
  if (value > threshold && trend.direction !== "falling")
    return { ...known, outcome: "reached", at: trend.from };
  const { at, earliest, latest } = crossingOf(line, threshold, trend.to, confidence);
  const times = {
    ...(at !== undefined && { at }),
    ...(earliest !== undefined && { earliest }),
    ...(latest !== undefined && { latest }),
  };
  const outcome = latest !== undefined ? "expected" : earliest !== undefined ? "possible" : "unlikely";
  return { ...known, outcome, ...times };
}
