/** Upstream's `ResourceMetrics` as a collection, so that readers have one input under whichever provider. */
import type { Attributes } from "@opentelemetry/api";
import type {
  ExponentialHistogram,
  Histogram,
  MetricData,
  ResourceMetrics,
  ScopeMetrics,
} from "@opentelemetry/sdk-metrics";
import { DataPointType } from "../sdk-values.ts";
import { type Scope, scopeFrom } from "../scope.ts";
import { Interner } from "../series/interner.ts";
import type { CollectedMetric } from "./collected-metric.ts";
import type { Collection } from "./collection.ts";
import { explicitCells, exponentialCells, numberCells } from "./point-cells.ts";
import { type Point, PointSeries } from "./point-series.ts";
import { millisFromHrTime } from "./resource-metrics.ts";

/**
 * The collection that says the same: `resourceMetricsFrom` gives back what was given, but for attributes whose values
 * are not values of attributes (a function), which are left out as the engine leaves them out. It reads from `metrics`, which nobody
 * may change while it is walked.
 *
 * A histogram whose points differ in their boundaries, or in whether they show a sum or min and max, becomes several.
 */
export function collectionFromMetrics({ resource, scopeMetrics }: ResourceMetrics): Collection {
  const interner = new Interner();
  const metrics = scopeMetrics.flatMap((each) => {
    const scope = scopeOf(each);
    return each.metrics.flatMap((metric) => collectedFrom(metric, scope, interner));
  });
  return { resource, timeUnixMillis: latestEnd(scopeMetrics), metrics, interner, errors: [] };
}

interface AttributedScope {
  // Upstream's type of scopes does not have attributes yet.
  readonly scope: ScopeMetrics["scope"] & { readonly attributes?: Attributes };
}

function scopeOf({ scope: { name, version = "", schemaUrl, attributes } }: AttributedScope): Scope {
  return scopeFrom(name, version, {
    ...(schemaUrl !== undefined && { schemaUrl }),
    ...(attributes !== undefined && { attributes }),
  });
}

function collectedFrom(metric: MetricData, scope: Scope, interner: Interner): CollectedMetric[] {
  const { descriptor, aggregationTemporality: temporality } = metric;
  const common = { scope, descriptor, temporality };
  switch (metric.dataPointType) {
    case DataPointType.SUM: {
      const series = new PointSeries(metric.dataPoints, interner, numberCells);
      return [{ ...common, kind: "sum", isMonotonic: metric.isMonotonic, series }];
    }
    case DataPointType.GAUGE: {
      const series = new PointSeries(metric.dataPoints, interner, numberCells);
      return [{ ...common, kind: "gauge", series }];
    }
    case DataPointType.HISTOGRAM:
      return alike(metric.dataPoints, haveSameBoundaries).map(({ first, points }) => ({
        ...common,
        ...shownParts(first),
        kind: "histogram",
        boundaries: first.buckets.boundaries,
        series: new PointSeries(points, interner, explicitCells),
      }));
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return alike(metric.dataPoints, () => true).map(({ first, points }) => ({
        ...common,
        ...shownParts(first),
        kind: "exponentialHistogram",
        series: new PointSeries(points, interner, exponentialCells),
      }));
    default:
      return metric satisfies never;
  }
}

interface Alike<Value> {
  readonly first: Value;
  readonly points: Point<Value>[];
}

// Points that have one shape, in their order. Nearly always all have.
function alike<Value extends Histogram | ExponentialHistogram>(
  points: readonly Point<Value>[],
  areAlike: (a: Value, b: Value) => boolean,
): readonly Alike<Value>[] {
  const groups: Alike<Value>[] = [];
  for (const point of points) {
    const { value } = point;
    const group = groups.findLast(({ first }) => showSameParts(first, value) && areAlike(first, value));
    if (group === undefined) groups.push({ first: value, points: [point] });
    else group.points.push(point);
  }
  return groups;
}

function showSameParts(a: Histogram | ExponentialHistogram, b: Histogram | ExponentialHistogram): boolean {
  const [ofA, ofB] = [shownParts(a), shownParts(b)];
  return ofA.hasMinMax === ofB.hasMinMax && ofA.hasSum === ofB.hasSum;
}

function shownParts({ min, max, sum }: Histogram | ExponentialHistogram) {
  return { hasMinMax: min !== undefined && max !== undefined, hasSum: sum !== undefined };
}

function haveSameBoundaries({ buckets: a }: Histogram, { buckets: b }: Histogram): boolean {
  return (
    a.boundaries === b.boundaries ||
    (a.boundaries.length === b.boundaries.length &&
      a.boundaries.every((bound, i) => bound === b.boundaries[i]))
  );
}

// Now where there is no point, of which no time can be told.
function latestEnd(scopeMetrics: readonly ScopeMetrics[]): number {
  let latest = -Infinity;
  for (const { metrics } of scopeMetrics)
    for (const { dataPoints } of metrics)
      for (const { endTime } of dataPoints) latest = Math.max(latest, millisFromHrTime(endTime));
  return latest === -Infinity ? Date.now() : latest;
}
