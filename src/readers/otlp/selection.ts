// Which temporality and aggregation an OTLP exporter asks for.
import { diag } from "@opentelemetry/api";
import type { AggregationOption } from "../../engine/index.ts";
import { AggregationType, InstrumentType } from "../../engine/sdk-values.ts";
import type { OtlpExporterOptions } from "./options.ts";
import { type Selection, upstreamSelection } from "./upstream.ts";

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
