import type { MeterProvider } from "@opentelemetry/api";
import type { ExportResult } from "@opentelemetry/core";
import type {
  AggregationOption,
  InstrumentType,
  PushMetricExporter,
  ResourceMetrics,
} from "../../engine/index.ts";
import { ExportResultCode, AggregationTemporality, AggregationType } from "../../engine/sdk-values.ts";
import { VERSION } from "../../version.ts";
import type { CollectionSink } from "../collection-exporter.ts";
import { OUTBOX, type OutboxOptions } from "../../options/outbox.ts";
import { QueuedExporter } from "./queued-exporter.ts";
import { type OtlpExporterOptions, selectionOf, withPreference } from "./options.ts";
import type { Selection } from "./upstream.ts";
import { sendingOf, upstreamExporter, sendingBy } from "./sending.ts";
import { componentOfType } from "../exporter-metrics.ts";

/**
 * Sends metrics to an OTLP backend, by default as protobuf over HTTP. Endpoint, headers, TLS, compression, time-out,
 * temporality and the aggregation of histograms default to OpenTelemetry's variables.
 *
 * An export succeeds once it is acknowledged: on disk with an outbox, else in memory. From then on it is delivered, in
 * order, however long the backend is away: until the bounds of size and age end it, or, without an outbox, the process
 * ends. Protocols `http/json` and `grpc` without an outbox are upstream's exporters as they are.
 *
 * @throws MissingPackageError if the package of protocol `grpc` is not installed.
 * @throws GrpcHeadersError if headers for `grpc` are a function.
 * @throws OptionsError with everything that is wrong with `outbox`.
 *
 * @example
 * const exporter = new OtlpExporter({ url: "http://127.0.0.1:4318/v1/metrics", outbox: { directory: "outbox" } });
 */
export class OtlpExporter implements PushMetricExporter {
  /** @internal */
  readonly collectionSink: CollectionSink | undefined;
  readonly #exporter: PushMetricExporter & Partial<SelfObserving>;
  readonly #selection: Selection;
  #meterProvider: MeterProvider | undefined;
  #isShutDown = false;

  constructor(options: OtlpExporterOptions = {}) {
    const { protocol = "http/protobuf", outbox, selfObsMeterProvider, ...others } = options;
    this.#selection = selectionOf(options);
    this.#meterProvider = selfObsMeterProvider;
    const settings = withPreference(others);
    if (protocol !== "http/protobuf" && outbox === undefined) {
      this.#exporter = upstreamExporter(protocol, {
        ...settings,
        ...(selfObsMeterProvider && { selfObsMeterProvider }),
      });
      return;
    }
    this.collectionSink = this.#exporter = new QueuedExporter({
      ...sendingOf(protocol, settings),
      outbox: outbox === undefined ? undefined : OUTBOX.settings(outbox),
      meter: () => this.#meterProvider?.getMeter("tachymeter.telemetry", VERSION),
    });
  }

  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    // Upstream's exporters would send it.
    if (this.#isShutDown) {
      const error = new Error("otlp exporter: it was shut down before this export");
      resultCallback({ code: ExportResultCode.FAILED, error });
    } else this.#exporter.export(metrics, resultCallback);
  }

  /** Records the exporter's own metrics there, unless it has a provider for them already. */
  setSelfObsMeterProvider(meterProvider: MeterProvider): void {
    if (this.#meterProvider !== undefined) return;
    this.#meterProvider = meterProvider;
    this.#exporter.setSelfObsMeterProvider?.(meterProvider);
  }

  /** Resolves once all exports until now are delivered or given up, at the latest after the time-out. */
  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush();
  }

  /** Flushes and ends. The rest stays in the outbox for the next start. */
  shutdown(): Promise<void> {
    this.#isShutDown = true;
    return this.#exporter.shutdown();
  }

  selectAggregation(instrumentType: InstrumentType): AggregationOption {
    return this.#selection.selectAggregation(instrumentType);
  }

  selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality {
    return this.#selection.selectAggregationTemporality(instrumentType);
  }
}

interface SelfObserving {
  setSelfObsMeterProvider(meterProvider: MeterProvider): void;
}

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
