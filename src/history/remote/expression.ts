// Translation of questions to PromQL.
import { type AggregateName, QuestionError } from "../question.ts";
import { MAX_STEPS, type ResolvedQuestion } from "../resolved-question.ts";
import {
  groupingOf,
  type LabelOf,
  quoted,
  type RemoteMetric,
  selectorOf,
  seriesName,
} from "./metric-catalogue.ts";
import { type ApiClient, FRESH, type Parameters, type RemotePoint } from "./api-client.ts";

export interface RemoteQuestion extends ResolvedQuestion {
  readonly aggregate: AggregateName | undefined;
}

interface ExpressionParts {
  readonly question: RemoteQuestion;
  readonly metric: RemoteMetric;
  readonly labelOf: LabelOf;
  readonly isVictoriaMetrics: boolean;
  /** Length of a window as the server counts it; it may include both ends. */
  readonly windowMillis: number;
  readonly wholeMillis: number;
  /** Interval at which series are added up. */
  readonly resolutionMillis: number;
}

/**
 * An expression whose value at the end of each window is the result.
 *
 * @throws QuestionError if the metric does not support the aggregate
 */
export function expressionOf(parts: ExpressionParts): string {
  const { question, metric } = parts;
  if (metric.type === "histogram") return ofHistogram(parts);
  switch (question.aggregate) {
    case "RATE":
    case "INCREASE":
      if (metric.type === "gauge" && metric.isTypeKnown) {
        throw refused(parts, "is not supported for gauges; use MEAN, MIN, MAX or LAST");
      }
      return scaled(parts, addedUp(parts, increaseOf(parts, metric.name)));
    default:
      return overTime(parts, metric.name);
  }
}

/** Whether series are added up before aggregation. */
export function isAddedUpFirst({ by, aggregate }: RemoteQuestion, { type }: RemoteMetric): boolean {
  if (by === undefined || aggregate === "RATE" || aggregate === "INCREASE") return false;
  return type !== "histogram" || aggregate === undefined;
}

// Count, sum and buckets are counters; their increase in the window is a histogram.
function ofHistogram(parts: ExpressionParts): string {
  const { question, metric } = parts;
  const { name, isNative } = metric;
  const rise = (part: "count" | "sum"): string =>
    addedUp(
      parts,
      isNative ? `histogram_${part}(${increaseOf(parts, name)})` : increaseOf(parts, `${name}_${part}`),
    );
  switch (question.aggregate) {
    case undefined:
      return overTime(parts, seriesName(metric));
    case "LAST": {
      const last = `last_over_time(${selected(parts, seriesName(metric))}[${parts.windowMillis}ms])`;
      return addedUp(parts, isNative ? `histogram_count(${last})` : last);
    }
    case "COUNT":
    case "INCREASE":
    case "RATE":
      return scaled(parts, rise("count"));
    case "SUM":
      return rise("sum");
    case "MEAN":
      return `${rise("sum")} / ${rise("count")}`;
    case "MIN":
      return quantileOf(parts, 0);
    case "MAX":
      return quantileOf(parts, 1);
    case "QUANTILE":
      return quantileOf(parts, question.quantile);
    case "STDDEV":
      throw refused(parts, "is not supported for histograms; use QUANTILE");
    default:
      return question.aggregate satisfies never;
  }
}

// At 0, servers divide by 0 if the first bucket is empty.
const LEAST_QUANTILE = 1e-15;

// Exponential histograms of VictoriaMetrics have the label `vmrange`.
function quantileOf(parts: ExpressionParts, quantile: number): string {
  const { question, metric, labelOf, isVictoriaMetrics } = parts;
  const rise = increaseOf(parts, metric.isNative ? metric.name : `${metric.name}_bucket`);
  const rank = Math.max(quantile, LEAST_QUANTILE);
  if (question.by === undefined) return `histogram_quantile(${rank}, ${rise})`;
  const buckets = metric.isNative ? [] : isVictoriaMetrics ? ["le", "vmrange"] : ["le"];
  const grouping = groupingOf([...question.by.map(labelOf), ...buckets], isVictoriaMetrics);
  return `histogram_quantile(${rank}, sum ${grouping} (${rise}))`;
}

function overTime(parts: ExpressionParts, name: string): string {
  const { question, windowMillis, resolutionMillis } = parts;
  const range =
    question.by === undefined
      ? `${selected(parts, name)}[${windowMillis}ms]`
      : `(${addedUp(parts, selected(parts, name))})[${windowMillis}ms:${resolutionMillis}ms]`;
  switch (question.aggregate) {
    case undefined:
      return range;
    case "MEAN":
      return `avg_over_time(${range})`;
    case "QUANTILE":
      return `quantile_over_time(${question.quantile}, ${range})`;
    default:
      return `${question.aggregate.toLowerCase()}_over_time(${range})`;
  }
}

// Does not use `rate`, which VictoriaMetrics divides by the time between points.
function scaled({ question, wholeMillis }: ExpressionParts, increase: string): string {
  return question.aggregate === "RATE" ? `${increase} / ${wholeMillis / 1_000}` : increase;
}

function increaseOf(parts: ExpressionParts, name: string): string {
  return `increase(${selected(parts, name)}[${parts.windowMillis}ms])`;
}

function addedUp({ question, labelOf, isVictoriaMetrics }: ExpressionParts, expression: string): string {
  if (question.by === undefined) return expression;
  return `sum ${groupingOf(question.by.map(labelOf), isVictoriaMetrics)} (${expression})`;
}

function selected({ question, labelOf }: ExpressionParts, name: string): string {
  return selectorOf(name, question.where, labelOf);
}

function refused({ question }: ExpressionParts, problem: string): QuestionError {
  return new QuestionError(question.metric, [`aggregate ${quoted(question.aggregate ?? "")} ${problem}`]);
}

interface Moments {
  /** Queries of one or more times each, up to the limit of servers. */
  readonly requests: readonly { readonly path: "query" | "query_range"; readonly parameters: Parameters }[];
  readonly windowMillis: number;
}

// Prometheus returns at most 11,000 points per series.
const MAX_STEPS_AT_ONCE = 10_000;

/**
 * @param from start, or time of the oldest point, in milliseconds
 * @throws QuestionError for too many times
 */
export function momentsOf({ metric, from: asked, to, step }: RemoteQuestion, from: number): Moments {
  // Times are whole milliseconds, and the window includes `from`.
  if (step === undefined) {
    return { requests: [{ path: "query", parameters: { time: to / 1_000 } }], windowMillis: to - from + 1 };
  }
  const whole = Math.floor((to - from) / step);
  if (whole > MAX_STEPS) {
    throw new QuestionError(metric, [
      `step must be long enough for at most ${MAX_STEPS} steps since ${new Date(from).toISOString()}, got ${step / 1_000}`,
    ]);
  }
  // Counted back from the end; an additional step contains the oldest point.
  const first = asked === undefined ? to - whole * step : asked + step;
  const last = asked === undefined ? to : asked + whole * step;
  const requests: Moments["requests"][number][] = [];
  for (let start = first; start <= last; start += MAX_STEPS_AT_ONCE * step) {
    const end = Math.min(start + (MAX_STEPS_AT_ONCE - 1) * step, last);
    const parameters = { start: start / 1_000, end: end / 1_000, step: step / 1_000 };
    requests.push({ path: "query_range", parameters });
  }
  return { requests, windowMillis: step };
}

const DAY = 86_400_000;
const OLDEST_DAYS = 3_600;
// Each query narrows the range to one step.
const STEPS_MILLIS = [30 * DAY, 6 * 3_600_000, 180_000, 1_000];

/** Time of the oldest point of the last ten years, in milliseconds; exact if points are at least a second apart. */
export async function oldestPoint(
  client: ApiClient,
  selector: string,
  to: number,
  signal?: AbortSignal,
): Promise<number | undefined> {
  let [start, end] = [to - OLDEST_DAYS * DAY, to];
  for (const step of STEPS_MILLIS) {
    const query = `count(last_over_time(${selector}[${step}ms]))`;
    const range = { start: (start + step) / 1_000, end: end / 1_000, step: step / 1_000 };
    const { data } = await client.ask("query_range", { query, ...range, ...FRESH }, signal);
    const first = data.result[0]?.values?.[0];
    if (first === undefined) return undefined;
    end = Math.round(first[0] * 1_000);
    start = end - step;
  }
  const query = `min(timestamp(${selector}))`;
  const { data } = await client.ask("query", { query, time: end / 1_000, ...FRESH }, signal);
  return millisOf(data.result[0]?.value) ?? start;
}

// Common intervals in seconds.
const INTERVALS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600];

/** Estimated interval of the latest points of the densest series, in milliseconds. */
export async function intervalOfPoints(
  client: ApiClient,
  selector: string,
  { from, to }: { readonly from: number; readonly to: number },
  signal?: AbortSignal,
): Promise<number> {
  const number = async (query: string): Promise<number> => {
    const { data } = await client.ask("query", { query, time: to / 1_000, ...FRESH }, signal);
    return Number(data.result[0]?.value?.[1] ?? 0);
  };
  // Time of the latest point for each second of five minutes. Its increase divided by its changes is the interval.
  const times = `timestamp(${selector})[300s:1s]`;
  const span = `max_over_time(${times}) - min_over_time(${times})`;
  const seconds = await number(`min((${span}) / (changes(${times}) > 0))`);
  if (seconds > 0) return nearestInterval(seconds * 1_000);
  const length = to - from + 1;
  const count = await number(`max(count_over_time(${selector}[${length}ms]))`);
  return nearestInterval(length / Math.max(count, 1));
}

function nearestInterval(millis: number): number {
  const distance = (seconds: number): number => Math.abs(Math.log((seconds * 1_000) / Math.max(millis, 1)));
  return INTERVALS.reduce((nearest, each) => (distance(each) < distance(nearest) ? each : nearest)) * 1_000;
}

function millisOf(point: RemotePoint | undefined): number | undefined {
  return point === undefined ? undefined : Math.round(Number(point[1]) * 1_000);
}
