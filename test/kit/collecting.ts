// A provider whose metrics a test can collect at any time.
import type { Attributes } from "@opentelemetry/api";
import {
  AggregationTemporality,
  DataPointType,
  MeterProvider,
  type ResourceMetrics,
} from "tachymeter/metrics";
import { PullReader } from "./pull-reader.ts";

export interface Collecting {
  readonly provider: MeterProvider;
  readonly collect: () => Promise<ResourceMetrics>;
  /** The value of the one series of metric `name` with just these attributes, collected now. */
  readonly point: (name: string, attributes?: Attributes) => Promise<unknown>;
  /** All series of metric `name`, collected now. */
  readonly points: (
    name: string,
  ) => Promise<readonly { readonly attributes: Attributes; readonly value: unknown }[]>;
  /** Count of each bucket of histogram `name` by its upper bound, added up over its series, collected now. */
  readonly buckets: (name: string) => Promise<ReadonlyMap<number, number>>;
}

/**
 * A provider with one reader that collects on demand. With temporality `DELTA` a collection contains only the series
 * that were recorded or observed for it. With `CUMULATIVE`, the default, upstream's SDK repeats the others forever
 * (open-telemetry/opentelemetry-js#4096).
 */
export function collectingProvider(
  temporality = AggregationTemporality.CUMULATIVE,
  cardinalityLimit?: number,
): Collecting {
  const reader = new PullReader({ aggregationTemporalitySelector: () => temporality });
  const provider = new MeterProvider({
    readers: [reader],
    ...(cardinalityLimit !== undefined && { cardinalityLimit }),
  });
  const collect = async (): Promise<ResourceMetrics> => {
    const { resourceMetrics, errors } = await reader.collect();
    if (errors.length > 0) throw new AggregateError(errors, "the collection failed");
    return resourceMetrics;
  };
  const points: Collecting["points"] = async (name) =>
    (await collect()).scopeMetrics
      .flatMap((scope) => scope.metrics)
      .filter((metric) => metric.descriptor.name === name)
      .flatMap((metric) => metric.dataPoints.map(({ attributes, value }) => ({ attributes, value })));
  return {
    provider,
    collect,
    points,
    async buckets(name) {
      const metrics = (await collect()).scopeMetrics.flatMap((scope) => scope.metrics);
      const metric = metrics.find(({ descriptor }) => descriptor.name === name);
      const counts = new Map<number, number>();
      if (metric?.dataPointType !== DataPointType.HISTOGRAM) return counts;
      for (const { value } of metric.dataPoints)
        for (const [i, bound] of [...value.buckets.boundaries, Infinity].entries())
          counts.set(bound, (counts.get(bound) ?? 0) + value.buckets.counts[i]!);
      return counts;
    },
    async point(name, attributes = {}) {
      const wanted = keyOf(attributes);
      return (await points(name)).find((point) => keyOf(point.attributes) === wanted)?.value;
    },
  };
}

function keyOf(attributes: Attributes): string {
  return JSON.stringify(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
