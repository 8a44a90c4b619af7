/** The module as one object, as libraries that use `require` get it. */
import { AggregatorRegistry } from "./aggregator-registry.ts";
import { aggregators } from "./aggregators.ts";
import { ClusterRegistry } from "./cluster-registry.ts";
import { exponentialBuckets, linearBuckets } from "./buckets.ts";
import { openMetricsContentType, prometheusContentType, type RegistryContentType } from "./content-type.ts";
import { Counter } from "./counter.ts";
import type { types } from "./client-types.ts";
import { collectDefaultMetrics } from "./default-metrics/index.ts";
import { Gauge } from "./gauge.ts";
import { Histogram } from "./histogram.ts";
import { validateMetricName } from "./label-checks.ts";
import { Pushgateway } from "./pushgateway.ts";
import { register, Registry } from "./registry.ts";
import { Summary } from "./summary.ts";
import { WorkerRegistry } from "./worker-registry.ts";

/** The module as one object, as `require("prom-client")` returns it. Its members are the exports of their names. */
export interface PromClient {
  /** See the export. */
  readonly AggregatorRegistry: typeof AggregatorRegistry;
  /** See the export. */
  readonly aggregators: typeof aggregators;
  /** See the export. */
  readonly ClusterRegistry: typeof ClusterRegistry;
  /** See the export. */
  readonly collectDefaultMetrics: typeof collectDefaultMetrics;
  /** See the export. */
  readonly Counter: typeof Counter;
  /** See the export. */
  readonly exponentialBuckets: typeof exponentialBuckets;
  /** See the export. */
  readonly Gauge: typeof Gauge;
  /** See the export. */
  readonly Histogram: typeof Histogram;
  /** See the export. */
  readonly linearBuckets: typeof linearBuckets;
  /** See the export. */
  readonly openMetricsContentType: typeof openMetricsContentType;
  /** See the export. */
  readonly prometheusContentType: typeof prometheusContentType;
  /** See the export. */
  readonly Pushgateway: typeof Pushgateway;
  /** See the export. */
  readonly register: typeof register;
  /** See the export. */
  readonly Registry: typeof Registry;
  /** See the export. */
  readonly Summary: typeof Summary;
  /** See the export. */
  readonly validateMetricName: typeof validateMetricName;
  /** See the export. */
  readonly WorkerRegistry: typeof WorkerRegistry;
  /** Content type of the global registry. */
  contentType: RegistryContentType;
}

/* oxlint-disable no-shadow -- each type has its class's name */
/** The types of the module, such as `client.Registry`: the exports of their names. */
export declare namespace client {
  /** See the export. */
  type Aggregator = types.Aggregator;

  /** See the export. */
  type AggregatorRegistry<T extends types.RegistryContentType> = types.AggregatorRegistry<T>;

  /** See the export. */
  type Charset = types.Charset;

  /** See the export. */
  type ClusterRegistry<T extends types.RegistryContentType> = types.ClusterRegistry<T>;

  /** See the export. */
  type CollectFunction<T> = types.CollectFunction<T>;

  /** See the export. */
  type Collector = types.Collector;

  /** See the export. */
  type Counter<T extends string = string> = types.Counter<T>;

  /** See the export. */
  type CounterConfiguration<T extends string> = types.CounterConfiguration<T>;

  /** Types of the class of this name. */
  namespace Counter {
    /** See the export. */
    type Internal = types.Counter.Internal;
  }

  /** See the export. */
  type DefaultMetricsCollectorConfiguration<T extends types.RegistryContentType> =
    types.DefaultMetricsCollectorConfiguration<T>;

  /** See the export. */
  type Gauge<T extends string = string> = types.Gauge<T>;

  /** See the export. */
  type GaugeConfiguration<T extends string> = types.GaugeConfiguration<T>;

  /** Types of the class of this name. */
  namespace Gauge {
    /** See the export. */
    type Internal<T extends string> = types.Gauge.Internal<T>;
  }

  /** See the export. */
  type Histogram<T extends string = string> = types.Histogram<T>;

  /** See the export. */
  type HistogramConfiguration<T extends string> = types.HistogramConfiguration<T>;

  /** Types of the class of this name. */
  namespace Histogram {
    /** See the export. */
    type Internal<T extends string> = types.Histogram.Internal<T>;
    /** See the export. */
    type Config = types.Histogram.Config;
  }

  /** See the export. */
  type IncreaseDataWithExemplar<T extends string> = types.IncreaseDataWithExemplar<T>;

  /** See the export. */
  type LabelValues<T extends string> = types.LabelValues<T>;

  /** See the export. */
  type Metric<T extends string = string> = types.Metric<T>;

  /** See the export. */
  type MetricConfiguration<T extends string> = types.MetricConfiguration<T>;

  /** See the export. */
  type MetricObject = types.MetricObject;

  /** See the export. */
  type MetricObjectWithValues<T extends types.MetricValue<string>> = types.MetricObjectWithValues<T>;

  /** See the export. */
  type MetricType = types.MetricType;

  /** Types of the class of this name. */
  namespace MetricType {
    /** See the export. */
    type Counter = types.MetricType.Counter;
    /** See the export. */
    type Gauge = types.MetricType.Gauge;
    /** See the export. */
    type Histogram = types.MetricType.Histogram;
    /** See the export. */
    type Summary = types.MetricType.Summary;
  }

  /** See the export. */
  type MetricValue<T extends string> = types.MetricValue<T>;

  /** See the export. */
  type MetricValueWithName<T extends string> = types.MetricValueWithName<T>;

  /** See the export. */
  type ObserveDataWithExemplar<T extends string> = types.ObserveDataWithExemplar<T>;

  /** See the export. */
  type OpenMetricsContentType = types.OpenMetricsContentType;

  /** See the export. */
  type OpenMetricsMIME = types.OpenMetricsMIME;

  /** See the export. */
  type OpenMetricsVersion = types.OpenMetricsVersion;

  /** See the export. */
  type PrometheusContentType = types.PrometheusContentType;

  /** See the export. */
  type PrometheusMetricsVersion = types.PrometheusMetricsVersion;

  /** See the export. */
  type PrometheusMIME = types.PrometheusMIME;

  /** See the export. */
  type Pushgateway<T extends types.RegistryContentType> = types.Pushgateway<T>;

  /** Types of the class of this name. */
  namespace Pushgateway {
    /** See the export. */
    type Parameters = types.Pushgateway.Parameters;
  }

  /** See the export. */
  type Registry<T extends types.RegistryContentType = types.PrometheusContentType> = types.Registry<T>;

  /** See the export. */
  type RegistryContentType = types.RegistryContentType;

  /** See the export. */
  type Summary<T extends string = string> = types.Summary<T>;

  /** See the export. */
  type SummaryConfiguration<T extends string> = types.SummaryConfiguration<T>;

  /** Types of the class of this name. */
  namespace Summary {
    /** See the export. */
    type Internal<T extends string> = types.Summary.Internal<T>;
    /** See the export. */
    type Config = types.Summary.Config;
  }

  /** See the export. */
  type WorkerRegistry<T extends types.RegistryContentType> = types.WorkerRegistry<T>;
}
/* oxlint-enable no-shadow */

/** All exports as one object, whose `contentType` is that of the global registry. */
export const client: PromClient = withContentType({
  AggregatorRegistry,
  aggregators,
  ClusterRegistry,
  collectDefaultMetrics,
  contentType: register.contentType,
  Counter,
  exponentialBuckets,
  Gauge,
  Histogram,
  linearBuckets,
  openMetricsContentType,
  prometheusContentType,
  Pushgateway,
  register,
  Registry,
  Summary,
  validateMetricName,
  WorkerRegistry,
});

/** @internal Makes `contentType` of a module that of its global registry. */
export function withContentType(module: PromClient): PromClient {
  const registry: Pick<Registry<RegistryContentType>, "contentType" | "setContentType"> = module.register;
  return Object.defineProperty(module, "contentType", {
    get: () => registry.contentType,
    set(type: RegistryContentType) {
      registry.setContentType(type);
    },
  });
}

/** Content type of the global registry when this module was loaded: that of Prometheus' text format. */
export const contentType: RegistryContentType = register.contentType;
