import type { MeterProvider } from "@opentelemetry/api";
import type { ExportResult } from "@opentelemetry/core";
import type {
  AggregationOption,
  InstrumentType,
  PushMetricExporter,
  ResourceMetrics,
} from "../../engine/index.ts";
import type { AggregationTemporality } from "../../engine/sdk-values.ts";
import { VERSION } from "../../version.ts";
import type { CollectionSink } from "../collection-exporter.ts";
import { OUTBOX } from "../../options/outbox.ts";
import { QueuedExporter } from "../delivery/queued-exporter.ts";
import { type OtlpExporterOptions, refuseUnknownOptions, selectionOf, withPreference } from "./options.ts";
import type { Selection } from "./upstream.ts";
import { withCertificates } from "./tls.ts";
import { sendingOf } from "./sending.ts";

/**
 * Sends metrics to an OTLP backend, by default as protobuf over HTTP. Endpoint, headers, TLS, compression, time-out,
 * temporality and the aggregation of histograms default to OpenTelemetry's variables.
 *
 * An export succeeds once it is acknowledged: on disk with an outbox, otherwise in memory. From then on it is delivered
 * in order, however long the backend is unreachable. It is dropped only at the limits of size and age, or, without an
 * outbox, at the end of the process. Protocol `grpc` uses upstream's exporter; the values of headers are hidden in its
 * errors.
 *
 * @throws MissingPackageError if the package of protocol `grpc` is not installed.
 * @throws GrpcHeadersError if headers for `grpc` are a function.
 * @throws OptionsError with all problems of `outbox`, or all unknown options and headers that cannot be sent, or if
 *   `tls` is combined with a function `httpAgentOptions`.
 *
 * @example
 * const exporter = new OtlpExporter({ url: "http://127.0.0.1:4318/v1/metrics", outbox: { directory: "outbox" } });
 */
export class OtlpExporter implements PushMetricExporter {
  /** @internal */
  readonly collectionSink: CollectionSink;
  readonly #exporter: QueuedExporter;
  readonly #selection: Selection;
  #meterProvider: MeterProvider | undefined;

  constructor(options: OtlpExporterOptions = {}) {
    refuseUnknownOptions("OtlpExporter", options);
    const { protocol = "http/protobuf", outbox, selfObsMeterProvider, ...others } = options;
    this.#selection = selectionOf(options);
    this.#meterProvider = selfObsMeterProvider;
    this.collectionSink = this.#exporter = new QueuedExporter({
      ...sendingOf(protocol, withPreference(withCertificates("OtlpExporter", others))),
      outbox: outbox === undefined ? undefined : OUTBOX.settings(outbox),
      meter: () => this.#meterProvider?.getMeter("tachymeter.telemetry", VERSION),
    });
  }

  /** Accepts metrics for delivery, and calls `resultCallback` with success or the error. Fails after `shutdown()`. */
  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    this.#exporter.export(metrics, resultCallback);
  }

  /** Sets the provider of the exporter's self metrics, unless it has one already. */
  setSelfObsMeterProvider(meterProvider: MeterProvider): void {
    this.#meterProvider ??= meterProvider;
  }

  /** Resolves once all earlier exports are delivered or dropped, or after the time-out. */
  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush();
  }

  /** Flushes and ends. Undelivered data stays in the outbox for the next start. */
  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  /** Returns the aggregation for a type of instrument. */
  selectAggregation(instrumentType: InstrumentType): AggregationOption {
    return this.#selection.selectAggregation(instrumentType);
  }

  /** Returns the temporality for a type of instrument. */
  selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality {
    return this.#selection.selectAggregationTemporality(instrumentType);
  }
}
