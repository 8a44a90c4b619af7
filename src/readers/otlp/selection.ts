// Which temporality and aggregation an OTLP exporter asks for.
import { diag } from "@opentelemetry/api";
import {
  AggregationTemporalityPreference,
  OTLPMetricExporterBase,
} from "@opentelemetry/exporter-metrics-otlp-http";
import {
  type AggregationOption,
  type AggregationTemporality,
  AggregationType,
  InstrumentType,
} from "../../engine/index.ts";
import type { OtlpExporterOptions } from "./options.ts";

/** What an exporter asks of the reader that it is given to. */
export interface Selection {
  selectAggregation(instrumentType: InstrumentType): AggregationOption;
  selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality;
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
  return new OTLPMetricExporterBase(NO_DELEGATE, {
    ...withPreference(options),
    ...(aggregationPreference !== undefined && { aggregationPreference }),
  });
}

const PREFERENCES = {
  cumulative: AggregationTemporalityPreference.CUMULATIVE,
  delta: AggregationTemporalityPreference.DELTA,
  lowmemory: AggregationTemporalityPreference.LOWMEMORY,
} as const;

const NO_DELEGATE = {
  export: () => {},
  setMetrics: () => {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

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
