/** prom-client's default metrics: those of the process, Node.js and V8. */
import type { RegistryContentType } from "../content-type.ts";
import type { AnyRegistry } from "../metric-configuration.ts";
import type { Registry } from "../registry.ts";
import { isObject } from "../label-checks.ts";
import type { DefaultMetrics, UtilizationOptions } from "./default-metrics.ts";
import {
  osMemoryHeap,
  processCpuTotal,
  processMaxFileDescriptors,
  processOpenFileDescriptors,
  processStartTime,
} from "./process.ts";
import { processHandles, processRequests, processResources } from "./resources.ts";
import {
  eventLoopLag,
  eventLoopUtilization,
  gc,
  heapSizeAndUsed,
  heapSpacesSizeAndUsed,
  version,
} from "./runtime.ts";

/** Options of the default metrics. */
export interface DefaultMetricsCollectorConfiguration<
  T extends RegistryContentType,
> extends UtilizationOptions {
  /** Registry of the metrics. By default the global one. */
  register?: Registry<T>;
  /** Text before all names. */
  prefix?: string;
  /** Upper bounds for the durations of garbage collections, in seconds. */
  gcDurationBuckets?: number[];
  /** Resolution of the event loop's delay, in milliseconds. By default 10. */
  eventLoopMonitoringPrecision?: number;
  /** Labels of all samples. */
  labels?: object;
}

const METRICS: Readonly<Record<string, DefaultMetrics>> = {
  processCpuTotal,
  processStartTime,
  osMemoryHeap,
  processOpenFileDescriptors,
  processMaxFileDescriptors,
  eventLoopLag,
  processResources,
  processHandles,
  processRequests,
  heapSizeAndUsed,
  heapSpacesSizeAndUsed,
  version,
  gc,
};

const METRICS_OF_SUCCESSOR: typeof METRICS = Object.fromEntries(
  Object.entries(METRICS).flatMap(([name, create]) =>
    name === "eventLoopLag" ? Object.entries({ eventLoopLag, eventLoopUtilization }) : [[name, create]],
  ),
);

const DEFAULT_GC_DURATION_BUCKETS = [0.001, 0.01, 0.1, 1, 2, 5];

/** Function that creates the default metrics. */
export interface CollectDefaultMetrics {
  /** Creates the metrics. Throws a `TypeError` if `config` is not an object, and an `Error` if a name is taken. */
  <T extends RegistryContentType>(config?: DefaultMetricsCollectorConfiguration<T>): void;
  /** Names of the groups of metrics. */
  metricsList: string[];
}

/** Creates prom-client's default metrics, from our readings. */
export const collectDefaultMetrics: CollectDefaultMetrics = defaultMetricsOf(undefined, false);

/** Makes the function of a package. By default its metrics join `globalRegister`. */
export function defaultMetricsOf(
  globalRegister: Registry | undefined,
  isSuccessor: boolean,
): CollectDefaultMetrics {
  const metrics = isSuccessor ? METRICS_OF_SUCCESSOR : METRICS;
  const create = (config?: DefaultMetricsCollectorConfiguration<RegistryContentType> | null): void => {
    const given: unknown = config ?? {};
    if (!isObject(given)) throw new TypeError("config must be null, undefined, or an object");
    const { register = globalRegister, prefix, labels, ...others } = config ?? {};
    const registers: AnyRegistry[] | undefined = register && [register];
    const enableExemplars = Boolean(Reflect.get(config ?? {}, "enableExemplars"));
    const options = {
      ...others,
      // As in prom-client, null and 0 are missing.
      prefix: prefix || "",
      labels: { ...labels },
      registers,
      enableExemplars,
      eventLoopMonitoringPrecision: others.eventLoopMonitoringPrecision || 10,
      gcDurationBuckets: others.gcDurationBuckets || DEFAULT_GC_DURATION_BUCKETS,
    };
    for (const each of Object.values(metrics)) each(options);
  };
  return Object.assign(create, { metricsList: Object.keys(metrics) });
}
