// Our provider with readers that collect on demand, and helpers for features of ours alone.
import type { Attributes } from "@opentelemetry/api";
import {
  AggregationTemporality,
  type CollectionResult,
  type MetricData,
  type MetricProducer,
  MetricReader,
  type MetricReaderOptions,
} from "tachymeter/metrics";
import { SeriesProducer } from "../../src/engine/collection/producer.ts";
import type { MeterProviderOptions } from "../../src/engine/meter-provider-options.ts";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import type { Meter } from "../../src/engine/meter.ts";

/** A reader that exposes its producer. */
export class OpenReader extends MetricReader {
  #producer: SeriesProducer | undefined;

  constructor(temporality = AggregationTemporality.CUMULATIVE, options: MetricReaderOptions = {}) {
    super({ aggregationTemporalitySelector: () => temporality, ...options });
  }

  override setMetricProducer(producer: MetricProducer): void {
    super.setMetricProducer(producer);
    if (producer instanceof SeriesProducer) this.#producer = producer;
  }

  get producer(): SeriesProducer {
    if (this.#producer === undefined) throw new Error("the reader is not bound");
    return this.#producer;
  }

  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** A delta reader. */
export function deltaReader(options: MetricReaderOptions = {}): OpenReader {
  return new OpenReader(AggregationTemporality.DELTA, options);
}

export interface OurProvider {
  readonly provider: MeterProvider;
  readonly reader: OpenReader;
  /** The meter `test`. */
  readonly meter: Meter;
  readonly collect: () => Promise<CollectionResult>;
  /** The points of the metrics with this name, collected now: attributes and value. */
  readonly points: (name: string) => Promise<[Attributes, unknown][]>;
}

/** Our provider with one reader. */
export function ourProvider(
  options: Omit<MeterProviderOptions, "readers"> = {},
  reader: OpenReader = new OpenReader(),
): OurProvider {
  const provider = new MeterProvider({ ...options, readers: [reader] });
  return {
    provider,
    reader,
    meter: provider.getMeter("test"),
    collect: () => reader.collect(),
    points: (name) => pointsOf(reader, name),
  };
}

/** The points of the metrics with this name, collected now by the reader: attributes and value. */
export async function pointsOf(reader: OpenReader, name: string): Promise<[Attributes, unknown][]> {
  const metrics = await metricsOf(reader);
  return metrics
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(({ dataPoints }) =>
      dataPoints.map(({ attributes, value }): [Attributes, unknown] => [attributes, value]),
    );
}

/** All metrics, collected now by the reader. */
export async function metricsOf(reader: OpenReader): Promise<MetricData[]> {
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
}
