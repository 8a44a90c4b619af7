// Which temporality and aggregation an OTLP exporter asks for.
import { type MeterProvider, diag } from "@opentelemetry/api";
import type { OutboxOptions } from "../../options/outbox.ts";
import { type UpstreamOtlpOptions, type Selection, upstreamSelection } from "./upstream.ts";
import type { AggregationOption } from "../../engine/index.ts";
import { AggregationType, InstrumentType } from "../../engine/sdk-values.ts";

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

/** Upstream's options with our own word for the temporality. */
export function withPreference<T extends OtlpExporterOptions>({
  temporality,
  ...options
}: T): Omit<T, "temporality"> {
  return temporality === undefined
    ? options
    : { ...options, temporalityPreference: PREFERENCES[temporality] };
}

/**
 * The choice of options, else of `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`, which upstream's own class reads,
 * and of `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`, which it does not.
 */
export function selectionOf(options: OtlpExporterOptions): Selection {
  const aggregationPreference = options.aggregationPreference ?? histogramAggregation();
  return upstreamSelection({
    ...withPreference(options),
    ...(aggregationPreference !== undefined && { aggregationPreference }),
  });
}

// Upstream's `AggregationTemporalityPreference`.
const PREFERENCES = { delta: 0, cumulative: 1, lowmemory: 2 } as const;

const VARIABLE = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";

function histogramAggregation(): ((instrumentType: InstrumentType) => AggregationOption) | undefined {
  const value = process.env[VARIABLE]?.trim().toLowerCase() ?? "";
  if (value === "" || value === "explicit_bucket_histogram") return undefined;
  if (value !== "base2_exponential_bucket_histogram") {
    diag.warn(
      `variable ${VARIABLE} is "${value}" and was ignored; give "explicit_bucket_histogram" or ` +
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
