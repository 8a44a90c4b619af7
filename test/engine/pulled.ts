// A provider of either SDK with readers that collect on demand.
import type { Attributes, Meter, MeterProvider } from "@opentelemetry/api";
import {
  AggregationTemporality,
  type CollectionResult,
  type IMetricReader,
  type MetricData,
  MetricReader,
  type MetricReaderOptions,
  type ResourceMetrics,
  type ViewOptions,
} from "tachymeter/metrics";
import type { Resource } from "@opentelemetry/resources";

/** Interface of the providers of both SDKs. */
export interface SdkMeterProvider extends MeterProvider {
  shutdown(options?: { timeoutMillis?: number }): Promise<void>;
  forceFlush(options?: { timeoutMillis?: number }): Promise<void>;
}

/** Creates a provider: upstream's or ours. */
export type MakeProvider = (options: {
  readers?: IMetricReader[];
  views?: ViewOptions[];
  resource?: Resource;
  sdkMetricsEnabled?: boolean;
}) => SdkMeterProvider;

/** A reader that collects on demand. */
export class PulledReader extends MetricReader {
  flushes = 0;
  shutdowns = 0;
  protected override async onForceFlush(): Promise<void> {
    this.flushes++;
  }
  protected override async onShutdown(): Promise<void> {
    this.shutdowns++;
  }
}

/** A reader of delta temporality. */
export function deltaReader(options: MetricReaderOptions = {}): PulledReader {
  return new PulledReader({ ...options, aggregationTemporalitySelector: () => AggregationTemporality.DELTA });
}

/** A provider with one reader. */
export interface Pulled {
  readonly provider: SdkMeterProvider;
  readonly reader: PulledReader;
  /** The meter `test` of the provider. */
  readonly meter: Meter;
  readonly collect: () => Promise<CollectionResult>;
  /** All metrics, collected now. */
  readonly metrics: () => Promise<MetricData[]>;
  /** The points of the metrics with this name, collected now: attributes and value. */
  readonly points: (name: string) => Promise<[Attributes, unknown][]>;
}

/** Creates a provider with these views and one reader. */
export function pulled(
  makeProvider: MakeProvider,
  views: ViewOptions[] = [],
  reader = new PulledReader(),
): Pulled {
  const provider = makeProvider({ readers: [reader], views });
  return {
    provider,
    reader,
    meter: provider.getMeter("test"),
    collect: () => reader.collect(),
    metrics: async () => metricsOf((await reader.collect()).resourceMetrics),
    points: async (name) => pointsOf((await reader.collect()).resourceMetrics, name),
  };
}

/** Every metric of every scope except our provider's self metrics. */
export function metricsOf({ scopeMetrics }: ResourceMetrics): MetricData[] {
  return scopeMetrics.flatMap(({ scope, metrics }) => (scope.name === OWN_SCOPE ? [] : metrics));
}

/** The points of all metrics with this name: attributes and value. */
export function pointsOf({ scopeMetrics }: ResourceMetrics, name: string): [Attributes, unknown][] {
  return scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .filter((metric) => metric.descriptor.name === name)
    .flatMap((metric) =>
      metric.dataPoints.map(({ attributes, value }): [Attributes, unknown] => [attributes, value]),
    );
}

/** The scope of our provider's self metrics, if it dropped something. */
export const OWN_SCOPE = "tachymeter.telemetry";
