/** Interface of the groups of default metrics. */
import { Gauge } from "../gauge.ts";
import type { AnyRegistry } from "../metric-configuration.ts";
import type { Aggregator } from "../contracts.ts";

/** Labels and registries of the default metrics. */
export interface DefaultMetricsOptions {
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
