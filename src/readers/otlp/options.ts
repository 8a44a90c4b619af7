// How an OTLP exporter is set up.
import type { MeterProvider } from "@opentelemetry/api";
import type { OutboxOptions } from "../../options/outbox.ts";
import type { UpstreamOtlpOptions } from "./upstream.ts";

/**
 * Upstream's options, the protocol and the outbox. What is not given comes from OpenTelemetry's `OTEL_EXPORTER_OTLP_*`
 * variables. Requests go one after the other, so `concurrencyLimit` changes nothing.
 */
export interface OtlpExporterOptions extends UpstreamOtlpOptions {
  /** @defaultValue "http/protobuf" */
  readonly protocol?: "http/protobuf" | "http/json" | "grpc";
  /** By a word, in place of upstream's `temporalityPreference`. */
  readonly temporality?: "cumulative" | "delta" | "lowmemory";
  /** Collections wait on disk until the backend has them; without an outbox, in memory. */
  readonly outbox?: OutboxOptions;
  /** Where the exporter's own `otel.sdk.exporter.*` and `telemetry.outbox.*` are recorded. None by default. */
  readonly selfObsMeterProvider?: MeterProvider;
}
