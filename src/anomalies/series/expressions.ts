// Expressions in PromQL for the series that detectors watch.
import type { MetricMetadata } from "../../query/sample-source.ts";
import { format, type Labels, type Matcher, parse } from "../../query/index.ts";
import { defaultRank } from "./default-metrics.ts";

/** Kind of the values of an expression. */
export type WatchedKind = "value" | "rate" | "mean" | "p99";

/** An expression over all series of a metric. @internal */
export interface WatchedExpression {
  /** Name of the metric, as in PromQL. */
  readonly metric: string;
  readonly kind: WatchedKind;
  /** Type of the metric: `counter`, `gauge`, `histogram`; `undefined` if it is unknown. */
  readonly type: string | undefined;
  /** In PromQL. */
  readonly expression: string;
  /** 0 if the metric is selected, else at least 1. If there are too many series, those of the highest rank are left out. */
  readonly rank: number;
  /** Labels by which a selector leaves out further series of the metric. */
  readonly selectedBy: readonly string[];
}

/** A metric of which only some series are watched. */
export interface SelectedMetric {
  readonly name: string;
  readonly matchers: readonly Matcher[];
}

/** Metrics to watch. */
export interface WatchedMetrics {
  readonly selected?: readonly SelectedMetric[];
  /** Whether those that are watched by default follow. @defaultValue true */
  readonly withDefaults?: boolean;
  /** Beginning of the names of those that are watched by default. @defaultValue none */
  readonly prefix?: string | undefined;
}

// Metrics beyond this number are left out.
const MAX_METRICS = 500;
const OF_HISTOGRAM = /_(?:bucket|count|sum)$/;

/**
 * The expressions for selected metrics, and then for those that are watched by default, in order of their rank. A counter has its rate, a gauge its
 * value, a histogram its rate, mean and 0.99 quantile.
 *
 * @param windowSeconds window of rates: at least two intervals of the samples
 */
export function expressionsFor(
  metadata: readonly Pick<MetricMetadata, "name" | "type">[],
  windowSeconds: number,
  { selected = [], withDefaults = true, prefix = "" }: WatchedMetrics = {},
): readonly WatchedExpression[] {
  const types = new Map(metadata.map(({ name, type }) => [name, type]));
  const bySelector = selected.map(({ name, matchers }): RankedMetric => {
    const base = name.replace(OF_HISTOGRAM, "");
    return { name: !types.has(name) && types.has(base) ? base : name, matchers, rank: 0 };
  });
  const byDefault = withDefaults ? defaultMetrics([...types.keys()], prefix) : [];
  const expressions = [...bySelector, ...byDefault]
    .slice(0, MAX_METRICS)
    .flatMap((metric) => expressionsOf(metric, types.get(metric.name), windowText(windowSeconds)));
  // A selected metric keeps its place, also if it is watched by default.
  const known = new Set<string>();
  return expressions.filter(({ expression }) => !known.has(expression) && known.add(expression));
}

/** The same expression for one series alone, with another window of its rate. */
export function expressionOfSeries(
  { metric, kind, type, rank }: WatchedExpression,
  labels: Labels,
  windowSeconds: number,
): WatchedExpression | undefined {
  const matchers = Object.entries(labels).map(([label, value]): Matcher => ({
    label,
    operator: "=",
    value: value ?? "",
  }));
  return expressionsOf({ name: metric, matchers, rank }, type, windowText(windowSeconds)).find(
    (each) => each.kind === kind,
  );
}

function windowText(seconds: number): string {
  return `${Math.ceil(seconds * 1_000)}ms`;
}

interface RankedMetric extends SelectedMetric {
  readonly rank: number;
}

function defaultMetrics(names: readonly string[], prefix: string): readonly RankedMetric[] {
  return names
    .flatMap((name): RankedMetric[] => {
      const rank = name.startsWith(prefix) ? defaultRank(name.slice(prefix.length)) : undefined;
      return rank === undefined ? [] : [{ name, matchers: [], rank }];
    })
    .toSorted((one, other) => one.rank - other.rank);
}

function expressionsOf(
  { name, matchers, rank }: RankedMetric,
  type: string | undefined,
  window: string,
): readonly WatchedExpression[] {
  const of = (kind: WatchedKind, expression: string): WatchedExpression => ({
    metric: name,
    kind,
    type,
    expression: format(parse(expression)),
    rank,
    selectedBy: matchers.map(({ label }) => label).filter((label) => label !== "__name__"),
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
