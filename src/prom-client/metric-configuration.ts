/** Options that metrics of all types have. */
import type { OpenMetricsContentType } from "./content-type.ts";
import type { Aggregator, CollectFunction } from "./contracts.ts";
import type { Registry } from "./registry.ts";

/** A registry of either content type. */
export type AnyRegistry = Registry | Registry<OpenMetricsContentType>;

/** Options of all metrics. */
export interface MetricConfiguration<T extends string> {
  /** Name, unique in its registries. */
  name: string;
  /** Description for readers of the metric. */
  help: string;
  /** Names of all labels that its series may have. None by default. */
  labelNames?: T[] | readonly T[];
  /** Registries of the metric. By default the global one. */
  registers?: AnyRegistry[];
  /** Method by which the metrics of several processes are combined. By default `sum`. */
  aggregator?: Aggregator;
  /** Callback that sets the metric before it is read. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as in prom-client: a callback of any metric
  collect?: CollectFunction<any>;
  /** Whether measurements may have exemplars. Needs a registry of OpenMetrics. */
  enableExemplars?: boolean;
}
