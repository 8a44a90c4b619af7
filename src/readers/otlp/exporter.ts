// OTLP by upstream's exporters.
import { createRequire } from "node:module";
import type { ExportResult } from "@opentelemetry/core";
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter as JsonExporter,
} from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtobufExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import type {
  AggregationOption,
  AggregationTemporality,
  InstrumentType,
  PushMetricExporter,
  ResourceMetrics,
} from "../../engine/index.ts";
import type { OtlpExporterOptions, UpstreamOtlpOptions } from "./options.ts";

/**
 * Sends metrics to an OTLP collector: protobuf over HTTP unless told otherwise. Endpoint, headers, TLS, compression and
 * time-out come from OpenTelemetry's variables where they are not given.
 *
 * @throws MissingPackageError where protocol `grpc` is asked for and its package is not installed.
 *
 * @example
 * const exporter = new OtlpExporter({ url: "http://127.0.0.1:4318/v1/metrics" });
 */
export class OtlpExporter implements PushMetricExporter {
  readonly #exporter: Required<PushMetricExporter>;

  constructor(options: OtlpExporterOptions = {}) {
    const { protocol = "http/protobuf", temporality, ...upstream } = options;
    this.#exporter = exporterOf(protocol, {
      ...upstream,
      ...(temporality !== undefined && { temporalityPreference: PREFERENCES[temporality] }),
    });
  }

  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    this.#exporter.export(metrics, resultCallback);
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  selectAggregation(instrumentType: InstrumentType): AggregationOption {
    return this.#exporter.selectAggregation(instrumentType);
  }

  selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality {
    return this.#exporter.selectAggregationTemporality(instrumentType);
  }
}

const PREFERENCES = {
  cumulative: AggregationTemporalityPreference.CUMULATIVE,
  delta: AggregationTemporalityPreference.DELTA,
  lowmemory: AggregationTemporalityPreference.LOWMEMORY,
} as const;

/** Thrown where an optional package is asked for and is not installed. */
export class MissingPackageError extends Error {
  override readonly name = "MissingPackageError";
  readonly code = "TACHYMETER_MISSING_PACKAGE";
}

function exporterOf(
  protocol: NonNullable<OtlpExporterOptions["protocol"]>,
  options: UpstreamOtlpOptions,
): Required<PushMetricExporter> {
  switch (protocol) {
    case "http/protobuf":
      return new ProtobufExporter(options);
    case "http/json":
      return new JsonExporter(options);
    case "grpc":
      return grpcExporter(options);
    default:
      return protocol satisfies never;
  }
}

const GRPC_PACKAGE = "@opentelemetry/exporter-metrics-otlp-grpc";

function grpcExporter(options: UpstreamOtlpOptions): Required<PushMetricExporter> {
  const require = createRequire(import.meta.url);
  try {
    const { OTLPMetricExporter }: GrpcModule = require(GRPC_PACKAGE);
    return new OTLPMetricExporter(options);
  } catch (cause) {
    throw new MissingPackageError(
      `protocol "grpc": package ${GRPC_PACKAGE} cannot be loaded; run npm install ${GRPC_PACKAGE}`,
      { cause },
    );
  }
}

interface GrpcModule {
  readonly OTLPMetricExporter: new (options: UpstreamOtlpOptions) => Required<PushMetricExporter>;
}
