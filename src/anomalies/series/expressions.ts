// Expressions in PromQL for the series that detectors watch.
import type { MetricMetadata } from "../../query/capable-source.ts";
import { format, type Matcher, parse } from "../../query/index.ts";
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

/** A metric of which only some series are watched. */
export interface SelectedMetric {
  readonly name: string;
  readonly matchers: readonly Matcher[];
}

// Metrics beyond this number are left out.
const MAX_METRICS = 500;
const OF_HISTOGRAM = /_(?:bucket|count|sum)$/;

/**
 * The expressions for selected metrics, and then for those that are watched by default. A counter has its rate, a gauge its
 * value, a histogram its rate, mean and 0.99 quantile.
 *
 * @param windowSeconds window of rates: at least two intervals of the samples
 */
export function expressionsFor(
  metadata: readonly Pick<MetricMetadata, "name" | "type">[],
  windowSeconds: number,
  selected: readonly SelectedMetric[] = [],
): readonly WatchedExpression[] {
  const types = new Map(metadata.map(({ name, type }) => [name, type]));
  const bySelector = selected.map(({ name, matchers }): SelectedMetric => {
    const base = name.replace(OF_HISTOGRAM, "");
    return { name: !types.has(name) && types.has(base) ? base : name, matchers };
  });
  const byDefault = [...types.keys()].filter(isWatchedByDefault).map((name) => ({ name, matchers: [] }));
  const expressions = [...bySelector, ...byDefault]
    .slice(0, MAX_METRICS)
    .flatMap((metric) =>
      expressionsOf(metric, types.get(metric.name), `${Math.ceil(windowSeconds * 1_000)}ms`),
    );
  return [...new Map(expressions.map((each) => [each.expression, each])).values()];
}

function expressionsOf(
  { name, matchers }: SelectedMetric,
  type: string | undefined,
  window: string,
): readonly WatchedExpression[] {
  const of = (kind: WatchedKind, expression: string): WatchedExpression => ({
    metric: name,
    kind,
    expression: format(parse(expression)),
  });
  const series = (suffix = ""): string => selector(`${name}${suffix}`, matchers);
  const rate = (suffix?: string): string => `rate(${series(suffix)}[${window}])`;
  switch (type) {
    case "counter":
      return [of("rate", rate())];
    case "histogram":
      // Buckets of both forms. A native histogram has no suffix.
      return [
        of("rate", `${rate("_count")} or histogram_count(${rate()})`),
        of("mean", `${rate("_sum")} / ${rate("_count")} or histogram_avg(${rate()})`),
        of("p99", `histogram_quantile(0.99, ${rate("_bucket")}) or histogram_quantile(0.99, ${rate()})`),
      ];
    default:
      return [of("value", series())];
  }
}

function selector(name: string, matchers: readonly Matcher[]): string {
  const conditions = matchers
    .filter(({ label }) => label !== "__name__")
    .map(({ label, operator, value }) => `${JSON.stringify(label)}${operator}${JSON.stringify(value)}`);
  return `{${[JSON.stringify(name), ...conditions].join(",")}}`;
}
