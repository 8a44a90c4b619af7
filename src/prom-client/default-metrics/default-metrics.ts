/** Interface of the groups of default metrics. */
import { Gauge } from "../gauge.ts";
import type { AnyRegistry } from "../metric-configuration.ts";
import type { Aggregator } from "../contracts.ts";

/** Options of the event loop's utilization, which `@prometheus-io/client` has. */
export interface UtilizationOptions {
  /** Time between two readings, in milliseconds. By default 100. */
  eventLoopUtilizationTimeout?: number;
  /** Upper bounds of the histogram. By default thirteen from 0.01 to 1. */
  eventLoopUtilizationBuckets?: number[];
  /** Quantiles of the summary. By default seven from 0.01 to 0.999. */
  eventLoopUtilizationPercentiles?: number[];
  /** Number of steps in which readings of the summary are forgotten. By default 5. */
  eventLoopUtilizationAgeBuckets?: number;
  /** Age in seconds at which readings of the summary are forgotten. By default 60. */
  eventLoopUtilizationMaxAgeSeconds?: number;
}

/** Labels and registries of the default metrics. */
export interface DefaultMetricsOptions extends UtilizationOptions {
  readonly prefix: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly registers: AnyRegistry[] | undefined;
  readonly enableExemplars: boolean;
  readonly eventLoopMonitoringPrecision: number;
  readonly gcDurationBuckets: number[];
}

/** Creates a group of metrics. */
export type DefaultMetrics = (options: DefaultMetricsOptions) => void;

interface GaugeOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  readonly aggregator?: Aggregator;
  readonly collect?: (this: Gauge) => void | Promise<void>;
}

/** Creates a gauge with the prefix and the labels of the options. */
export function gaugeOf(
  { prefix, labels, registers }: DefaultMetricsOptions,
  { name, labelNames = [], ...rest }: GaugeOptions,
): Gauge {
  return new Gauge({
    ...rest,
    name: prefix + name,
    labelNames: [...labelNames, ...Object.keys(labels)],
    ...(registers !== undefined && { registers }),
  });
}
