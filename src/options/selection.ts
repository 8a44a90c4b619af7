// Options of readers for OpenTelemetry's data model: temporality, aggregation of histograms, size of exports.
import { type Checks, oneOf, whole } from "./check.ts";

export type TemporalityPreference = "cumulative" | "delta" | "lowmemory";
export type HistogramPreference = "explicit_bucket_histogram" | "base2_exponential_bucket_histogram";

export interface SelectionOptions {
  readonly temporality?: TemporalityPreference | undefined;
  readonly histogramAggregation?: HistogramPreference | undefined;
  readonly maxExportBatchSize?: number | undefined;
}

export const SELECTION: Checks<SelectionOptions> = {
  temporality: oneOf("cumulative", "delta", "lowmemory"),
  histogramAggregation: oneOf("explicit_bucket_histogram", "base2_exponential_bucket_histogram"),
  maxExportBatchSize: { ...whole(1, Number.MAX_SAFE_INTEGER), must: "be a whole number, 1 or more" },
};
