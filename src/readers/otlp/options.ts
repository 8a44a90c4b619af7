// How an OTLP exporter is set up.
import type { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";

/** Upstream's options: `url`, `headers`, `timeoutMillis`, `compression`, `httpAgentOptions`, `temporalityPreference`, … */
export type UpstreamOtlpOptions = NonNullable<ConstructorParameters<typeof OTLPMetricExporter>[0]>;

/** Upstream's options, and the protocol. What is not given comes from OpenTelemetry's `OTEL_EXPORTER_OTLP_*` variables. */
export interface OtlpExporterOptions extends UpstreamOtlpOptions {
  /** @defaultValue "http/protobuf" */
  readonly protocol?: "http/protobuf" | "http/json" | "grpc";
  /** By a word, in place of upstream's `temporalityPreference`. */
  readonly temporality?: "cumulative" | "delta" | "lowmemory";
}
