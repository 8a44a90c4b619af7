// Options of OTLP exporters, and the temporality and aggregation they select.
import { type MeterProvider, diag } from "@opentelemetry/api";
import type { OutboxOptions } from "../../options/outbox.ts";
import { type UpstreamOtlpOptions, type Selection, upstreamSelection } from "./upstream.ts";
import type { AggregationOption } from "../../engine/index.ts";
import { AggregationType, InstrumentType } from "../../engine/sdk-values.ts";

/**
 * Upstream's options, the protocol and the outbox. Missing options come from OpenTelemetry's `OTEL_EXPORTER_OTLP_*`
 * variables. Requests are sent one after the other, so `concurrencyLimit` has no effect.
 */
export interface OtlpExporterOptions extends UpstreamOtlpOptions {
  /** @defaultValue "http/protobuf" */
  readonly protocol?: "http/protobuf" | "http/json" | "grpc";
  /** Names for the values of upstream's `temporalityPreference`. */
  readonly temporality?: "cumulative" | "delta" | "lowmemory";
  /** Keeps collections on disk until the backend has accepted them; without an outbox they wait in memory. */
  readonly outbox?: OutboxOptions;
  /** Provider of the self metrics `otel.sdk.exporter.*` and `telemetry.outbox.*`. @defaultValue none */
  readonly selfObsMeterProvider?: MeterProvider;
}

/** Converts `temporality` to upstream's `temporalityPreference`. */
export function withPreference<T extends OtlpExporterOptions>({
  temporality,
  ...options
}: T): Omit<T, "temporality"> {
  return temporality === undefined
    ? options
    : { ...options, temporalityPreference: PREFERENCES[temporality] };
}

/**
 * The selection by the options, then by the variables. Upstream's own class reads
 * `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`, but not
 * `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`.
 */
export function selectionOf(options: OtlpExporterOptions): Selection {
  const aggregationPreference = options.aggregationPreference ?? histogramAggregation();
  return upstreamSelection({
    ...withPreference(options),
    ...(aggregationPreference !== undefined && { aggregationPreference }),
  });
}

// Values of upstream's `AggregationTemporalityPreference`.
const PREFERENCES = { delta: 0, cumulative: 1, lowmemory: 2 } as const;

const VARIABLE = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";

function histogramAggregation(): ((instrumentType: InstrumentType) => AggregationOption) | undefined {
  const value = process.env[VARIABLE]?.trim().toLowerCase() ?? "";
  if (value === "" || value === "explicit_bucket_histogram") return undefined;
  if (value !== "base2_exponential_bucket_histogram") {
    diag.warn(
      `variable ${VARIABLE} was ignored, got "${value}"; use "explicit_bucket_histogram" or ` +
        '"base2_exponential_bucket_histogram"',
    );
    return undefined;
  }
  return (instrumentType) => ({
    type:
      instrumentType === InstrumentType.HISTOGRAM
        ? AggregationType.EXPONENTIAL_HISTOGRAM
        : AggregationType.DEFAULT,
  });
}
