/** The specification's MetricFilter: which metrics and which series one reader collects. */
import type { Attributes } from "@opentelemetry/api";
import type { MetricCollectOptions as UpstreamCollectOptions } from "@opentelemetry/sdk-metrics";
import type { Scope } from "../scope.ts";

/** Kind of a metric's data points. */
export type MetricKind = "sum" | "gauge" | "histogram" | "exponentialHistogram";

/** Result for a metric: all of it, none of it, or each series as `testAttributes` decides. */
export type MetricFilterResult = "accept" | "drop" | "accept_partial";

/** Result for one series. */
export type AttributesFilterResult = "accept" | "drop";

/**
 * Filter of a reader: option `metricFilter` of our readers, passed to producers with each collection. What it drops is
 * not collected: callbacks of a dropped metric are not called, and nothing of it is rendered.
 *
 * A test that throws, or returns something else, is logged once per metric; the metric or series is kept.
 *
 * @example
 * ```ts
 * import type { MetricFilter } from "tachymeter/metrics";
 *
 * const withoutDebug: MetricFilter = {
 *   testMetric: (scope, name) => (name.startsWith("debug.") ? "drop" : "accept_partial"),
 *   testAttributes: (scope, name, kind, unit, attributes) => (attributes["tenant"] === "test" ? "drop" : "accept"),
 * };
 * ```
 *
 * @see OpenTelemetry specification, "Metrics SDK", MetricFilter (in development)
 */
export interface MetricFilter {
  /** Called once per metric and collection. */
  testMetric(instrumentationScope: Scope, name: string, kind: MetricKind, unit: string): MetricFilterResult;
  /** Called once per series and collection, if `testMetric` returned `accept_partial`. */
  testAttributes(
    instrumentationScope: Scope,
    name: string,
    kind: MetricKind,
    unit: string,
    attributes: Attributes,
  ): AttributesFilterResult;
}

/** Options of a collection: upstream's, and the reader's filter. */
export interface MetricCollectOptions extends UpstreamCollectOptions {
  metricFilter?: MetricFilter;
}
