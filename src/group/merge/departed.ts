/** Figures of members that have ended, as a collection. */
import type { Collection } from "../../engine/collection/collection.ts";
import type { CollectedMetric } from "../../engine/collection/collected-metric.ts";
import { resourceFrom } from "../../engine/resource.ts";
import { AggregationTemporality } from "../../engine/sdk-values.ts";
import type { SeriesSource } from "../../engine/collection/series-source.ts";
import type { MergeableStream } from "../../engine/streams/members.ts";
import type { KeptAggregation } from "../../engine/streams/stream-store.ts";

export const NO_RESOURCE: ReturnType<typeof resourceFrom> = resourceFrom([]);

/** Metrics of which only the origins and the series are read. */
export function bareCollection(
  metrics: Collection["metrics"],
  interner: Collection["interner"],
  timeUnixMillis = 0,
): Collection {
  return { resource: NO_RESOURCE, timeUnixMillis, metrics, interner, errors: [] };
}

/** A metric of which only the origin and the series are read. */
export function bareMetric(
  stream: MergeableStream,
  aggregation: KeptAggregation,
  series: SeriesSource,
): CollectedMetric {
  const { origin } = stream;
  return {
    kind: "sum",
    isMonotonic: true,
    scope: origin.scope,
    descriptor: origin.instrument,
    temporality: AggregationTemporality.CUMULATIVE,
    series,
    origin: { ...origin, aggregation },
  };
}
