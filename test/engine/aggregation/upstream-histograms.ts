// Histograms of upstream's SDK, for comparison.
import {
  type AggregationOption,
  AggregationTemporality,
  type ExponentialHistogram,
  type Histogram,
  MeterProvider,
} from "@opentelemetry/sdk-metrics";
import { PullReader } from "../../kit/pull-reader.ts";

/** One series of upstream's, under an aggregation. */
export interface UpstreamSeries {
  /** Records values of either sign and returns the point collected then. */
  collectedAfter(values: readonly number[]): Promise<Histogram | ExponentialHistogram>;
}

export function upstreamSeries(
  aggregation: AggregationOption,
  temporality: AggregationTemporality = AggregationTemporality.CUMULATIVE,
): UpstreamSeries {
  const reader = new PullReader({ aggregationTemporalitySelector: () => temporality });
  const provider = new MeterProvider({ readers: [reader], views: [{ instrumentName: "*", aggregation }] });
  const histogram = provider.getMeter("test").createHistogram("values");
  // A histogram rejects negative values; an up-down counter under such a view does not.
  const either = provider.getMeter("test").createUpDownCounter("signed-values");
  return {
    async collectedAfter(values) {
      const instrument = values.some((value) => value < 0)
        ? { record: (value: number) => either.add(value) }
        : histogram;
      for (const value of values) instrument.record(value);
      const { resourceMetrics } = await reader.collect();
      const value = resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints[0]?.value;
      if (value === undefined || typeof value === "number") throw new Error("no histogram was collected");
      return value;
    },
  };
}
