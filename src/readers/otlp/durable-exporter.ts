// An outbox before any exporter.
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
import type { OutboxOptions } from "../../io/outbox/options.ts";
import { QueuedExporter } from "./queued-exporter.ts";
import { sendingBy } from "./sending-by.ts";

// OpenTelemetry's default time-out of exports.
const TIMEOUT_MILLIS = 30_000;

/**
 * Loses nothing that the exporter beneath does not take: an export succeeds once it is on disk, and is then given to
 * that exporter, in order, again and again until it succeeds, or age or size ends it. That exporter gets the metrics as
 * they are read back, and says success or failure and no more, so what it will never take is retried too.
 *
 * @throws OutboxOptionsError with everything that is wrong with the options.
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
      outbox: options,
      meter: () => this.#meterProvider?.getMeter("tachymeter.telemetry", VERSION),
    });
  }

  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    this.#queued.export(metrics, resultCallback);
  }

  /** Has the exporter's own metrics recorded there. */
  setSelfObsMeterProvider(meterProvider: MeterProvider): void {
    this.#meterProvider ??= meterProvider;
  }

  /** Resolves once what was exported until now is delivered or given up, at the latest after 30 s. */
  forceFlush(): Promise<void> {
    return this.#queued.forceFlush();
  }

  /** Flushes and ends both. What lies in the outbox stays there for the next start. */
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
