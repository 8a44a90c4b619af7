// A reader that collects by itself, every interval, and counts that it did.
import {
  type AggregationTemporality,
  type InstrumentType,
  type MetricProducer,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from "../engine/index.ts";
import { temporalityOf } from "./observed-gauges.ts";

/** How a push reader works. Times are in seconds. */
export interface PushReaderOptions {
  readonly exporter: PushMetricExporter;
  /** From the start of one collection to the next. */
  readonly interval: number;
  /** Told of each collection: how long it took, and how many metrics it found. */
  readonly onCollection: (durationSeconds: number, metricCount: number) => void;
}

/** Upstream's periodic reader, which also tells of each of its collections. */
export class PushReader extends PeriodicExportingMetricReader {
  readonly #onCollection: PushReaderOptions["onCollection"];
  #isBound = false;

  constructor({ exporter, interval, onCollection }: PushReaderOptions) {
    // The exporter ends its exports in time itself; upstream's own time-out, which logs each one, comes after that.
    super({ exporter, exportIntervalMillis: interval * 1_000, exportTimeoutMillis: interval * 1_000 });
    this.#onCollection = onCollection;
  }

  override selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality {
    return temporalityOf(instrumentType, super.selectAggregationTemporality(instrumentType));
  }

  override setMetricProducer(producer: MetricProducer): void {
    this.#isBound = true;
    super.setMetricProducer({
      collect: async (options) => {
        const begin = performance.now();
        const result = await producer.collect(options);
        const metricCount = result.resourceMetrics.scopeMetrics.reduce(
          (sum, { metrics }) => sum + metrics.length,
          0,
        );
        this.#onCollection((performance.now() - begin) / 1_000, metricCount);
        return result;
      },
    });
  }

  // Upstream's would log that there is nothing to collect from, where a provider could not be made.
  protected override async onShutdown(): Promise<void> {
    if (this.#isBound) await super.onShutdown();
  }
}
