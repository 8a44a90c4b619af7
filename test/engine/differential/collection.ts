// The collection of a reader, in a form that does not depend on order and leaves out times.
import type { MetricData, ResourceMetrics } from "tachymeter/metrics";
import { OWN_SCOPE } from "../pulled.ts";
import { identityOf } from "./limited-series.ts";

/** The metrics of a collection by scope, name and kind of point. */
export type Collection = ReadonlyMap<string, CollectedMetric>;

/** A metric: its properties, and its points by their attributes. */
export interface CollectedMetric {
  readonly name: string;
  readonly said: object;
  readonly points: ReadonlyMap<string, unknown>;
}

/** Converts the collection's metrics. Throws if a time is invalid, or if two points have the same attributes. */
export function collectionFrom({ scopeMetrics, resource }: ResourceMetrics): Collection {
  const collection = new Map<string, CollectedMetric>();
  for (const { scope, metrics } of scopeMetrics) {
    if (scope.name === OWN_SCOPE) continue;
    for (const metric of metrics) {
      const { name, unit, description, valueType } = metric.descriptor;
      const key = JSON.stringify([scope.name, name, metric.dataPointType, unit, description, valueType]);
      if (collection.has(key)) throw new Error(`metric twice: ${key}`);
      const said = { ...metric, dataPoints: undefined, scope, resource: resource.attributes };
      collection.set(key, { name, said, points: pointsFrom(metric) });
    }
  }
  return collection;
}

/** The collection without the points of observable metrics that are not in `observed`. */
export function withoutStale(
  collection: Collection,
  observed: ReadonlyMap<string, ReadonlySet<string>>,
): Collection {
  const kept = new Map<string, CollectedMetric>();
  for (const [key, metric] of collection) {
    const live = observed.get(metric.name);
    const points = new Map(
      [...metric.points].filter(([identity]) => live === undefined || live.has(identity)),
    );
    if (points.size > 0) kept.set(key, { ...metric, points });
  }
  return kept;
}

/** The collection with other attributes, given as sorted pairs of key and value. */
export function mapPoints(
  collection: Collection,
  change: (attributes: readonly [string, unknown][]) => readonly [string, unknown][],
): Collection {
  const changed = [...collection].map(([key, metric]) => {
    const points = [...metric.points].map(([identity, value]) => {
      const attributes: [string, unknown][] = JSON.parse(identity);
      return [JSON.stringify(change(attributes)), value] as const;
    });
    return [key, { ...metric, points: new Map(points) }] as const;
  });
  return new Map(changed);
}

function pointsFrom({ descriptor, dataPoints }: MetricData): Map<string, unknown> {
  const points = new Map<string, unknown>();
  for (const { attributes, value, startTime, endTime } of dataPoints) {
    const identity = identityOf(attributes);
    if (points.has(identity))
      throw new Error(`${descriptor.name}: two points with the attributes ${identity}`);
    if (!(secondsOf(startTime) <= secondsOf(endTime))) {
      throw new Error(
        `${descriptor.name}${identity} starts at ${String(startTime)}, ends at ${String(endTime)}`,
      );
    }
    points.set(identity, value);
  }
  return points;
}

function secondsOf([seconds, nanoseconds]: readonly [number, number]): number {
  return Number.isInteger(seconds) && Number.isInteger(nanoseconds) ? seconds + nanoseconds / 1e9 : NaN;
}
