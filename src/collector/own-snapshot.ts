// The figures of a collector that runs alone, as a snapshot holds them.
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { Collection } from "../engine/collection/collection.ts";
import { explicitHistogramOf } from "../engine/aggregation/explicit-histogram.ts";
import {
  type Labels,
  labelsFromAttributes,
  metricNameFromName,
  seriesKey,
  type SnapshotEntry,
  type SnapshotHistogram,
  snapshotNumber,
} from "../translation/snapshot-document.ts";

/** The scope of metrics whose names their users chose. */
export const NAMED_METRICS_SCOPE = "tachymeter.collector";

/**
 * The series of a collection by their keys. Series that differ in a value's type alone, or in characters that
 * Prometheus' label names cannot have, are one.
 */
export function* ownEntries(
  { metrics }: Collection,
  timestamp: number,
): Iterable<readonly [key: string, entry: SnapshotEntry]> {
  for (const metric of metrics) {
    const name = nameOf(metric);
    const merged = new Map<string, { labels: Labels; value: number | SnapshotHistogram }>();
    const { series } = metric;
    series.visit(0, series.length, {
      series(cells, offset, row) {
        const labels = labelsFromAttributes(series.attributesOf(row));
        const key = seriesKey(name, labels);
        const value = valueOf(metric, cells, offset);
        const same = merged.get(key);
        if (same === undefined) merged.set(key, { labels, value });
        else same.value = mergedValue(metric, same.value, value);
      },
    });
    for (const [key, { labels, value }] of merged)
      yield [key, { value: typeof value === "number" ? snapshotNumber(value) : value, labels, timestamp }];
  }
}

/** The Prometheus name of one of our facades' instruments, by the few units that they have. */
export function metricNameFromInstrument(name: string, unit: string, isCounter: boolean): string {
  const withUnit = unit === "s" ? `${metricNameFromName(name)}_seconds` : metricNameFromName(name);
  return isCounter ? `${withUnit}_total` : withUnit;
}

/** A histogram in which nothing was recorded. */
export function emptyHistogram(boundaries: readonly number[]): SnapshotHistogram {
  return histogramFrom(boundaries, { count: 0, sum: 0, buckets: { counts: [] } });
}

function nameOf(metric: CollectedMetric): string {
  const { scope, descriptor } = metric;
  if (scope.name === NAMED_METRICS_SCOPE) return metricNameFromName(descriptor.name);
  return metricNameFromInstrument(
    descriptor.name,
    descriptor.unit,
    metric.kind === "sum" && metric.isMonotonic,
  );
}

function valueOf(metric: CollectedMetric, cells: Float64Array, offset: number): number | SnapshotHistogram {
  if (metric.kind !== "histogram") return cells[offset]!;
  return histogramFrom(metric.boundaries, explicitHistogramOf(cells, offset, metric.boundaries));
}

interface Figures {
  readonly count: number;
  readonly sum?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly buckets: { readonly counts: readonly number[] };
}

function histogramFrom(boundaries: readonly number[], figures: Figures): SnapshotHistogram {
  const { count, sum = 0, min = null, max = null } = figures;
  const buckets: Record<string, number> = {};
  let below = 0;
  for (const [i, bound] of [...boundaries, "+Inf"].entries())
    buckets[bound] = below += figures.buckets.counts[i] ?? 0;
  return { count, sum, min, max, buckets };
}

function mergedValue(
  { kind }: CollectedMetric,
  first: number | SnapshotHistogram,
  second: number | SnapshotHistogram,
): number | SnapshotHistogram {
  if (typeof first === "number" || typeof second === "number")
    return kind === "sum" ? Number(first) + Number(second) : second;
  const buckets = Object.entries(first.buckets).map(([bound, count]) => [
    bound,
    count + second.buckets[bound]!,
  ]);
  return {
    count: first.count + second.count,
    sum: first.sum + second.sum,
    // Both have values, since a series without any is not shown.
    min: Math.min(first.min ?? Infinity, second.min ?? Infinity),
    max: Math.max(first.max ?? -Infinity, second.max ?? -Infinity),
    buckets: Object.fromEntries(buckets),
  };
}
