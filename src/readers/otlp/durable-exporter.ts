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
import { componentOfType } from "../exporter-metrics.ts";
import { OUTBOX, type OutboxOptions } from "../../options/outbox.ts";
import { QueuedExporter } from "./queued-exporter.ts";
import { sendingBy } from "./sending.ts";

// OpenTelemetry's default for exports.
const TIMEOUT_MILLIS = 30_000;

/**
 * Puts an outbox before any exporter: an export succeeds once it is on disk, and is then passed to the exporter beneath,
 * in order, until it succeeds, or age or size ends it. That exporter gets the metrics as they are read back. It only
 * reports success or failure, so records that it will never take are retried too.
 *
 * @throws OptionsError with all invalid options.
 *
 * @example
 * const exporter = new DurableExporter(new ConsoleMetricExporter(), { directory: "outbox" });
 */
export class DurableExporter implements PushMetricExporter {
  /** @internal */
  readonly collectionSink: CollectionSink;
  readonly #exporter: PushMetricExporter;
  readonly #queued: QueuedExporter;
  #meterProvider: MeterProvider | undefined;

  constructor(exporter: PushMetricExporter, options: OutboxOptions) {
    this.#exporter = exporter;
    this.collectionSink = this.#queued = new QueuedExporter({
      ...sendingBy(exporter, TIMEOUT_MILLIS),
      name: `durable exporter "${options.directory}"`,
      component: componentOfType("durable_metric_exporter"),
      outbox: OUTBOX.settings(options),
      meter: () => this.#meterProvider?.getMeter("tachymeter.telemetry", VERSION),
    });
  }

  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    this.#queued.export(metrics, resultCallback);
  }

  /** Records the exporter's own metrics there. */
  setSelfObsMeterProvider(meterProvider: MeterProvider): void {
    this.#meterProvider ??= meterProvider;
  }

  /** Resolves once all exports until now are delivered or given up, at the latest after 30 s. */
  forceFlush(): Promise<void> {
    return this.#queued.forceFlush();
  }

  /** Flushes and ends both. The rest stays in the outbox for the next start. */
  shutdown(): Promise<void> {
    return this.#queued.shutdown();
  }

  selectAggregation(instrumentType: InstrumentType): AggregationOption {
    return this.#exporter.selectAggregation?.(instrumentType) ?? { type: AggregationType.DEFAULT };
  }

  selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality {
    return this.#exporter.selectAggregationTemporality?.(instrumentType) ?? AggregationTemporality.CUMULATIVE;
  }
}
