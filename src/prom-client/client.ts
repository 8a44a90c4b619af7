/** The module as one object, as libraries that use `require` get it. */
import { AggregatorRegistry } from "./aggregator-registry.ts";
import { aggregators } from "./aggregators.ts";
import { exponentialBuckets, linearBuckets } from "./buckets.ts";
import { openMetricsContentType, prometheusContentType, type RegistryContentType } from "./content-type.ts";
import { Counter } from "./counter.ts";
import { collectDefaultMetrics } from "./default-metrics/index.ts";
import { Gauge } from "./gauge.ts";
import { Histogram } from "./histogram.ts";
import { validateMetricName } from "./label-checks.ts";
import { Pushgateway } from "./pushgateway.ts";
import { register, Registry } from "./registry.ts";
import { Summary } from "./summary.ts";

/** The module as one object, as `require("prom-client")` returns it. */
export interface PromClient {
  /** See the export of this name. */
  readonly AggregatorRegistry: typeof AggregatorRegistry;
  /** See the export of this name. */
  readonly aggregators: typeof aggregators;
  /** See the export of this name. */
  readonly collectDefaultMetrics: typeof collectDefaultMetrics;
  /** See the export of this name. */
  readonly Counter: typeof Counter;
  /** See the export of this name. */
  readonly exponentialBuckets: typeof exponentialBuckets;
  /** See the export of this name. */
  readonly Gauge: typeof Gauge;
  /** See the export of this name. */
  readonly Histogram: typeof Histogram;
  /** See the export of this name. */
  readonly linearBuckets: typeof linearBuckets;
  /** See the export of this name. */
  readonly openMetricsContentType: typeof openMetricsContentType;
  /** See the export of this name. */
  readonly prometheusContentType: typeof prometheusContentType;
  /** See the export of this name. */
  readonly Pushgateway: typeof Pushgateway;
  /** See the export of this name. */
  readonly register: typeof register;
  /** See the export of this name. */
  readonly Registry: typeof Registry;
  /** See the export of this name. */
  readonly Summary: typeof Summary;
  /** See the export of this name. */
  readonly validateMetricName: typeof validateMetricName;
  /** Content type of the global registry. */
  contentType: RegistryContentType;
}

/** All exports as one object, whose `contentType` is that of the global registry. */
export const client: PromClient = {
  AggregatorRegistry,
  aggregators,
  collectDefaultMetrics,
  get contentType(): RegistryContentType {
    return register.contentType;
  },
  set contentType(type: RegistryContentType) {
    const registry: Pick<Registry<RegistryContentType>, "setContentType"> = register;
    registry.setContentType(type);
  },
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
};

/** Content type of the global registry when this module was loaded: that of Prometheus' text format. */
export const contentType: RegistryContentType = register.contentType;
