// Expressions in PromQL for the series that detectors watch.
import type { MetricMetadata } from "../../query/capable-source.ts";
import { isWatchedByDefault } from "./default-metrics.ts";

/** Kind of the values of an expression. */
export type WatchedKind = "value" | "rate" | "mean" | "p99";

/** An expression over all series of a metric. */
export interface WatchedExpression {
  /** Name of the metric, as in PromQL. */
  readonly metric: string;
  readonly kind: WatchedKind;
  /** In PromQL. */
  readonly expression: string;
}

// Metrics beyond this number are left out.
const MAX_METRICS = 500;

/**
 * The expressions for the metrics that are watched by default. A counter has its rate, a gauge its value, a histogram its
 * rate, mean and 0.99 quantile.
 *
 * @param windowSeconds window of rates: at least two intervals of the samples
 */
export function expressionsFor(
  metadata: readonly Pick<MetricMetadata, "name" | "type">[],
  windowSeconds: number,
): readonly WatchedExpression[] {
  return metadata
    .filter(({ name }) => isWatchedByDefault(name))
    .slice(0, MAX_METRICS)
    .flatMap(({ name, type }) => expressionsOf(name, type, `${Math.ceil(windowSeconds * 1_000)}ms`));
}

function expressionsOf(name: string, type: string, window: string): readonly WatchedExpression[] {
  const of = (kind: WatchedKind, expression: string): WatchedExpression => ({
    metric: name,
    kind,
    expression,
  });
  const series = (suffix = ""): string => `{__name__=${JSON.stringify(name + suffix)}}`;
  const rate = (suffix?: string): string => `rate(${series(suffix)}[${window}])`;
  switch (type) {
    case "counter":
      return [of("rate", rate())];
    case "gauge":
      return [of("value", series())];
    case "histogram":
      // Buckets of both forms. A native histogram has no suffix.
      return [
        of("rate", `${rate("_count")} or histogram_count(${rate()})`),
        of("mean", `${rate("_sum")} / ${rate("_count")} or histogram_avg(${rate()})`),
        of("p99", `histogram_quantile(0.99, ${rate("_bucket")}) or histogram_quantile(0.99, ${rate()})`),
      ];
    default:
      return [];
  }
}
