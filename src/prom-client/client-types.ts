/** The types of prom-client's API, for the module as one object. */
import type { AggregatorRegistry } from "./aggregator-registry.ts";
import type {
  Charset,
  OpenMetricsContentType,
  OpenMetricsMIME,
  OpenMetricsVersion,
  PrometheusContentType,
  PrometheusMetricsVersion,
  PrometheusMIME,
  RegistryContentType,
} from "./content-type.ts";
import type {
  Aggregator,
  CollectFunction,
  Collector,
  IncreaseDataWithExemplar,
  LabelValues,
  Metric,
  MetricObject,
  MetricObjectWithValues,
  MetricType,
  MetricValue,
  MetricValueWithName,
  ObserveDataWithExemplar,
} from "./contracts.ts";
import type { ClusterRegistry } from "./cluster-registry.ts";
import type { Counter, CounterConfiguration } from "./counter.ts";
import type { DefaultMetricsCollectorConfiguration } from "./default-metrics/index.ts";
import type { Gauge, GaugeConfiguration } from "./gauge.ts";
import type { Histogram, HistogramConfiguration } from "./histogram.ts";
import type { MetricConfiguration } from "./metric-configuration.ts";
import type { Pushgateway } from "./pushgateway.ts";
import type { Registry } from "./registry.ts";
import type { Summary, SummaryConfiguration } from "./summary.ts";
import type { WorkerRegistry } from "./worker-registry.ts";

/** All types. A namespace of its own, since those of `client` hide types of the same name. */
export declare namespace types {
  export type {
    Aggregator,
    AggregatorRegistry,
    Charset,
    ClusterRegistry,
    CollectFunction,
    Collector,
    Counter,
    CounterConfiguration,
    DefaultMetricsCollectorConfiguration,
    Gauge,
    GaugeConfiguration,
    Histogram,
    HistogramConfiguration,
    IncreaseDataWithExemplar,
    LabelValues,
    Metric,
    MetricConfiguration,
    MetricObject,
    MetricObjectWithValues,
    MetricType,
    MetricValue,
    MetricValueWithName,
    ObserveDataWithExemplar,
    OpenMetricsContentType,
    OpenMetricsMIME,
    OpenMetricsVersion,
    PrometheusContentType,
    PrometheusMetricsVersion,
    PrometheusMIME,
    Pushgateway,
    Registry,
    RegistryContentType,
    Summary,
    SummaryConfiguration,
    WorkerRegistry,
  };
}
