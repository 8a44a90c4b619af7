/**
 * prom-client 15's API on our engine, and what its successor `@prometheus-io/client` adds. To switch from either, change the module name in the import.
 *
 * @module tachymeter/prom-client
 */
export { AggregatorRegistry } from "./aggregator-registry.ts";
export { aggregators } from "./aggregators.ts";
export { exponentialBuckets, linearBuckets } from "./buckets.ts";
// oxlint-disable-next-line import/no-default-export -- prom-client is imported as one object, too
export { client as default, contentType, type PromClient } from "./client.ts";
export { ClusterRegistry } from "./cluster-registry.ts";
export { openMetricsContentType, prometheusContentType } from "./content-type.ts";
export { Counter } from "./counter.ts";
export { collectDefaultMetrics } from "./default-metrics/index.ts";
export { Gauge } from "./gauge.ts";
export { Histogram } from "./histogram.ts";
export { validateMetricName } from "./label-checks.ts";
export { Pushgateway } from "./pushgateway.ts";
export { register, Registry } from "./registry.ts";
export { Summary } from "./summary.ts";
export { WorkerRegistry } from "./worker-registry.ts";
export type { AggregatorFunction } from "./aggregators.ts";
export type {
  Charset,
  OpenMetricsContentType,
  OpenMetricsMIME,
  OpenMetricsVersion,
  PrometheusContentType,
  PrometheusMetricsVersion,
  PrometheusMIME,
  RegistryContentType,
} from "./content-type.ts";
export type {
  Aggregator,
  CollectFunction,
  Collector,
  CounterChild,
  CounterContract,
  GaugeChild,
  GaugeContract,
  HistogramChild,
  HistogramContract,
  IncreaseDataWithExemplar,
  LabelValues,
  LabelValuesOfOthers,
  Metric,
  MetricObject,
  MetricObjectWithValues,
  MetricType,
  MetricValue,
  MetricValueWithName,
  ObserveDataWithExemplar,
  SummaryChild,
  SummaryContract,
} from "./contracts.ts";
export type { CounterConfiguration } from "./counter.ts";
export type { UtilizationOptions } from "./default-metrics/default-metrics.ts";
export type { DefaultMetricsCollectorConfiguration } from "./default-metrics/index.ts";
export type { GaugeConfiguration } from "./gauge.ts";
export type { HistogramConfiguration } from "./histogram.ts";
export type { MetricConfiguration } from "./metric-configuration.ts";
export type { SummaryConfiguration } from "./summary.ts";
