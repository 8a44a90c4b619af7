// A question in PromQL.
import { type AggregateName, QuestionError } from "../question.ts";
import type { ResolvedQuestion } from "../resolved-question.ts";
import {
  groupingOf,
  type LabelOf,
  quoted,
  type RemoteMetric,
  selectorOf,
  seriesName,
} from "./metric-catalogue.ts";

export interface RemoteQuestion extends ResolvedQuestion {
  readonly aggregate: AggregateName | undefined;
}

export interface ExpressionParts {
  readonly question: RemoteQuestion;
  readonly metric: RemoteMetric;
  readonly labelOf: LabelOf;
  readonly isVictoriaMetrics: boolean;
  /** As the engine counts them: it may take both ends. */
  readonly windowMillis: number;
  readonly wholeMillis: number;
  /** Interval at which series are added up. */
  readonly resolutionMillis: number;
}

/** Its value at the end of each window is the answer. @throws QuestionError if the metric has no such figure */
export function expressionOf(parts: ExpressionParts): string {
  const { question, metric } = parts;
  if (metric.type === "histogram") return ofHistogram(parts);
  switch (question.aggregate) {
    case "RATE":
    case "INCREASE":
      if (metric.type === "gauge" && metric.isTypeKnown) {
        throw refused(parts, "gauges have none; ask for MEAN, MIN, MAX or LAST");
      }
      return scaled(parts, addedUp(parts, increaseOf(parts, metric.name)));
    default:
      return overTime(parts, metric.name);
  }
}

/** Whether series are added up before they are aggregated. */
export function isAddedUpFirst({ by, aggregate }: RemoteQuestion, { type }: RemoteMetric): boolean {
  if (by === undefined || aggregate === "RATE" || aggregate === "INCREASE") return false;
  return type !== "histogram" || aggregate === undefined;
}

// Counts, sums and buckets are counters: their rise in the window is a histogram.
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
      throw refused(parts, "histograms have none; ask for two quantiles");
    default:
      return question.aggregate satisfies never;
  }
}

// With 0 engines divide by 0 if the first bucket is empty.
const LEAST_QUANTILE = 1e-15;

// VictoriaMetrics' exponential histograms have `vmrange`.
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

// Not `rate`, which VictoriaMetrics divides by the time between points.
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

function refused({ question }: ExpressionParts, remedy: string): QuestionError {
  return new QuestionError(question.metric, [`aggregate is ${quoted(question.aggregate ?? "")}; ${remedy}`]);
}
