// Options of readers that choose the temporality and the aggregation of histograms.
import { type Checks, oneOf } from "./check.ts";

export type TemporalityPreference = "cumulative" | "delta" | "lowmemory";
export type HistogramPreference = "explicit_bucket_histogram" | "base2_exponential_bucket_histogram";

export interface SelectionOptions {
  readonly temporality?: TemporalityPreference | undefined;
  readonly histogramAggregation?: HistogramPreference | undefined;
}

export const SELECTION: Checks<SelectionOptions> = {
  temporality: oneOf("cumulative", "delta", "lowmemory"),
  histogramAggregation: oneOf("explicit_bucket_histogram", "base2_exponential_bucket_histogram"),
};
