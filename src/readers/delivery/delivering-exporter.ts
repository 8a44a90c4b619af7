import type { MeterProvider } from "@opentelemetry/api";
import type { ExportResult } from "@opentelemetry/core";
import type {
  AggregationOption,
  InstrumentType,
  PushMetricExporter,
  ResourceMetrics,
} from "../../engine/index.ts";
import { AggregationTemporality, AggregationType } from "../../engine/sdk-values.ts";
import { VERSION } from "../../version.ts";
import type { CollectionSink } from "../collection-exporter.ts";
import { QueuedExporter, type QueuedExporterOptions } from "./queued-exporter.ts";

/**
 * An exporter that acknowledges collections and delivers them in order. Collections that are not yet delivered wait on
 * disk with an outbox, otherwise in memory.
 */
export abstract class DeliveringExporter implements PushMetricExporter {
  /** @internal */
  readonly collectionSink: CollectionSink;
  readonly #queued: QueuedExporter;
  #meterProvider: MeterProvider | undefined;

  /** @internal */
  constructor(options: Omit<QueuedExporterOptions, "meter">) {
    this.collectionSink = this.#queued = new QueuedExporter({
      ...options,
      meter: () => this.#meterProvider?.getMeter("tachymeter.telemetry", VERSION),
    });
  }

  /** Accepts metrics for delivery, and calls `resultCallback` with success or the error. Fails after `shutdown()`. */
  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    this.#queued.export(metrics, resultCallback);
  }

  /** Sets the provider of the exporter's self metrics, unless it has one already. */
  setSelfObsMeterProvider(meterProvider: MeterProvider): void {
    this.#meterProvider ??= meterProvider;
  }

  /** Resolves once all earlier exports are delivered or dropped, or after the time-out. */
  forceFlush(): Promise<void> {
    return this.#queued.forceFlush();
  }

  /** Flushes and ends. Undelivered data stays in the outbox for the next start. */
  shutdown(): Promise<void> {
    return this.#queued.shutdown();
  }

  /** Returns the aggregation for a type of instrument: OpenTelemetry's default. */
  selectAggregation(_instrumentType: InstrumentType): AggregationOption {
    return { type: AggregationType.DEFAULT };
  }

  /** Returns the temporality for a type of instrument, which is cumulative. */
  selectAggregationTemporality(_instrumentType: InstrumentType): AggregationTemporality {
    return AggregationTemporality.CUMULATIVE;
  }
}
