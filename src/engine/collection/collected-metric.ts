import type { AggregationTemporality, MetricDescriptor } from "@opentelemetry/sdk-metrics";
import { InstrumentType } from "../sdk-values.ts";
import type { Scope } from "../scope.ts";
import type { StreamOrigin } from "../streams/members.ts";
import type { KeptAggregation } from "../streams/stream-store.ts";
import type { SeriesSource } from "./series-source.ts";

interface Collected {
  readonly scope: Scope;
  readonly descriptor: MetricDescriptor;
  readonly temporality: AggregationTemporality;
  readonly series: SeriesSource;
  /** Identifies the metric in all processes of a group; `undefined` if it is not merged with theirs. */
  readonly origin?: (StreamOrigin & { readonly aggregation: KeptAggregation }) | undefined;
}

/** Sums. Monotonic ones never fall. */
export interface CollectedSum extends Collected {
  readonly kind: "sum";
  readonly isMonotonic: boolean;
}

export interface CollectedGauge extends Collected {
  readonly kind: "gauge";
}

export interface CollectedHistogram extends Collected {
  readonly kind: "histogram";
  /** Inclusive upper bounds of all buckets but the last, increasing. */
  readonly boundaries: readonly number[];
  /** Whether min and max are exported. */
  readonly hasMinMax: boolean;
  /** Whether the sum is exported: false if values may be negative. */
  readonly hasSum: boolean;
}

export interface CollectedExponentialHistogram extends Collected {
  readonly kind: "exponentialHistogram";
  readonly hasMinMax: boolean;
  readonly hasSum: boolean;
}

export type CollectedMetric =
  | CollectedSum
  | CollectedGauge
  | CollectedHistogram
  | CollectedExponentialHistogram;

/**
 * Whether the series of a metric were 0 at their start times. Those that callbacks observe may have begun earlier, as the
 * network traffic of a machine.
 */
export function beginsWithZero({ descriptor, ...metric }: CollectedMetric): boolean {
  if (metric.kind === "gauge" || (metric.kind === "sum" && !metric.isMonotonic)) return false;
  return "type" in descriptor && descriptor.type !== InstrumentType.OBSERVABLE_COUNTER;
}
