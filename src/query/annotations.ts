// Warnings and infos that an evaluation adds to its result, in Prometheus' words: users and tests compare them.
import { shortNumber } from "./number-text.ts";

/** Bucket layouts that cannot be combined: standard with custom buckets, or custom ones with different bounds. */
export type Incompatibility = "mixed-schemas" | "different-bounds";

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

  badBucketLabel: (metricName: string, value: string): string =>
    `${WARNING}: bucket label "le" is missing or has a malformed value of ${quoted(value)} for metric name ${quoted(metricName)}`,

  mixedFloatsAndHistograms: (metricName: string): string =>
    `${WARNING}: encountered a mix of histograms and floats for metric name ${quoted(metricName)}`,

  mixedFloatsAndHistogramsInAggregation: (): string =>
    `${WARNING}: encountered a mix of histograms and floats for aggregation`,

  mixedClassicAndNative: (metricName: string): string =>
    `${WARNING}: vector contains a mix of classic and native histograms for metric name ${quoted(metricName)}`,

  histogramNotCounter: (metricName: string): string =>
    `${WARNING}: this native histogram metric is not a counter: ${quoted(metricName)}`,

  histogramNotGauge: (metricName: string): string =>
    `${WARNING}: this native histogram metric is not a gauge: ${quoted(metricName)}`,

  incompatible: (incompatibility: Incompatibility, metricName: string): string =>
    incompatibility === "mixed-schemas"
      ? `${WARNING}: vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${quoted(metricName)}`
      : `${WARNING}: vector contains histograms with incompatible custom buckets for metric name ${quoted(metricName)}`,

  incompatibleBucketLayout: (operator: string): string =>
    `${WARNING}: incompatible bucket layout encountered for binary operator ${operator}`,

  possibleNonCounter: (metricName: string): string =>
    `${INFO}: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quoted(metricName)}`,

  forcedMonotonicity: (metricName: string): string =>
    `${INFO}: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name ${quoted(metricName)}`,

  incompatibleTypes: (operator: string, left: SampleType, right: SampleType): string =>
    `${INFO}: incompatible sample types encountered for binary operator ${quoted(operator)}: ${left} ${operator} ${right}`,

  histogramIgnoredInAggregation: (aggregation: string): string =>
    `${INFO}: ignored histogram in ${aggregation} aggregation`,

  histogramIgnoredInRange: (metricName: string): string =>
    `${INFO}: ignored histograms in a range containing both floats and histograms for metric name ${quoted(metricName)}`,

  quantileIsNaN: (metricName: string): string =>
    `${INFO}: input to histogram_quantile has NaN observations, result is NaN for metric name ${quoted(metricName)}`,

  quantileIsSkewed: (metricName: string): string =>
    `${INFO}: input to histogram_quantile has NaN observations, result is skewed higher for metric name ${quoted(metricName)}`,

  fractionExcludesNaN: (metricName: string): string =>
    `${INFO}: input to histogram_fraction has NaN observations, which are excluded from all fractions for metric name ${quoted(metricName)}`,
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
