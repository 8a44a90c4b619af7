// Warnings and infos that an evaluation adds to its result, in Prometheus' words: users and tests compare them.
import { shortNumber } from "./number-text.ts";

/** Bucket layouts that cannot be combined: standard with custom buckets. */
export type Incompatibility = "mixed-schemas";

/** Operations that combine native histograms. */
export type Combination = "addition" | "subtraction" | "aggregation";

/** Adds an annotation to the result of an evaluation. */
export type Annotate = (annotation: string) => void;

/** Receiver of the annotations of a function that evaluates one series. */
export interface Reporter {
  /** Name of the metric; empty if it has no name. */
  readonly metricName: string;
  readonly annotate: Annotate;
}

/** Annotations without position. {@link positioned} adds it. */
export const annotations = {
  invalidQuantile: (quantile: number): string =>
    `${WARNING}: quantile value should be between 0 and 1, got ${shortNumber(quantile)}`,

  badBucketLabel: (value: string): string =>
    `${WARNING}: bucket label "le" is missing or has a malformed value of ${quoted(value)}`,

  mixedFloatsAndHistograms: (metricName: string): string =>
    `${WARNING}: encountered a mix of histograms and floats for metric name ${quoted(metricName)}`,

  mixedFloatsAndHistogramsInAggregation: (): string =>
    `${WARNING}: encountered a mix of histograms and floats for aggregation`,

  mixedClassicAndNative: (): string => `${WARNING}: vector contains a mix of classic and native histograms`,

  histogramNotCounter: (metricName: string): string =>
    `${WARNING}: this native histogram metric is not a counter: ${quoted(metricName)}`,

  histogramNotGauge: (metricName: string): string =>
    `${WARNING}: this native histogram metric is not a gauge: ${quoted(metricName)}`,

  mixedSchemas: (metricName: string): string =>
    `${WARNING}: vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${quoted(metricName)}`,

  conflictingResets: (combination: Combination): string =>
    `${WARNING}: conflicting counter resets during histogram ${combination}`,

  reconciledBounds: (combination: Combination): string =>
    `${INFO}: mismatched custom buckets were reconciled during ${combination}`,

  sortInRange: (): string =>
    `${WARNING}: sort is ineffective for range queries since results are always ordered by labels`,

  invalidRatio: (ratio: number, capped: number): string =>
    `${WARNING}: ratio value should be between -1 and 1, got ${shortNumber(ratio)}, capping to ${shortNumber(capped)}`,

  incompatibleBucketLayout: (operator: string): string =>
    `${WARNING}: incompatible bucket layout encountered for binary operator ${operator}`,

  possibleNonCounter: (metricName: string): string =>
    `${INFO}: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quoted(metricName)}`,

  forcedMonotonicity: (): string =>
    `${INFO}: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)`,

  incompatibleTypes: (operator: string, left: SampleType, right: SampleType): string =>
    `${INFO}: incompatible sample types encountered for binary operator ${quoted(operator)}: ${left} ${operator} ${right}`,

  histogramIgnoredInAggregation: (aggregation: string): string =>
    `${INFO}: ignored histogram in ${aggregation} aggregation`,

  histogramIgnoredInRange: (metricName: string): string =>
    `${INFO}: ignored histograms in a range containing both floats and histograms for metric name ${quoted(metricName)}`,

  quantileIsNaN: (): string => `${INFO}: input to histogram_quantile has NaN observations, result is NaN`,

  quantileIsSkewed: (): string =>
    `${INFO}: input to histogram_quantile has NaN observations, result is skewed higher`,

  fractionExcludesNaN: (): string =>
    `${INFO}: input to histogram_fraction has NaN observations, which are excluded from all fractions`,
} as const;

/**
 * An annotation with the line and column of its part of the query, ` (1:6)`. `start` is the part's offset in UTF-16 code
 * units; columns count bytes of UTF-8, as Prometheus counts them.
 */
export function positioned(annotation: string, query: string, start: number): string {
  const before = query.slice(0, start).split("\n");
  const column = Buffer.byteLength(before.at(-1) ?? "") + 1;
  return `${annotation} (${before.length}:${column})`;
}

/** Whether an annotation is a warning; otherwise it is an info. */
export function isWarning(annotation: string): boolean {
  return annotation.startsWith(WARNING);
}

type SampleType = "float" | "histogram";

const WARNING = "PromQL warning";
const INFO = "PromQL info";

// Go's quoting differs from JSON's only for control characters and invalid text.
function quoted(text: string): string {
  return JSON.stringify(text);
}
