/** One metric of a collection, not yet in anybody's format. */
import type { AggregationTemporality, MetricDescriptor } from "@opentelemetry/sdk-metrics";
import type { Scope } from "../scope.ts";
import type { SeriesSource } from "./series-source.ts";

/** What metrics of all kinds have. */
interface Collected {
  readonly scope: Scope;
  readonly descriptor: MetricDescriptor;
  readonly temporality: AggregationTemporality;
  readonly series: SeriesSource;
}

/** Sums, of which monotonic ones never fall. */
export interface CollectedSum extends Collected {
  readonly kind: "sum";
  readonly isMonotonic: boolean;
}

/** Last values. */
export interface CollectedGauge extends Collected {
  readonly kind: "gauge";
}

/** Histograms with fixed boundaries. */
export interface CollectedHistogram extends Collected {
  readonly kind: "histogram";
  /** Inclusive upper bounds of all buckets but the last, increasing. */
  readonly boundaries: readonly number[];
  /** Whether min and max are to be shown. */
  readonly hasMinMax: boolean;
  /** Whether the sum is to be shown: not where values may be negative. */
  readonly hasSum: boolean;
}

/** Histograms with exponential buckets. */
export interface CollectedExponentialHistogram extends Collected {
  readonly kind: "exponentialHistogram";
  /** Whether min and max are to be shown. */
  readonly hasMinMax: boolean;
  /** Whether the sum is to be shown: not where values may be negative. */
  readonly hasSum: boolean;
}

/** One metric of a collection. */
export type CollectedMetric =
  | CollectedSum
  | CollectedGauge
  | CollectedHistogram
  | CollectedExponentialHistogram;
