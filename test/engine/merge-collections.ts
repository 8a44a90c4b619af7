import type { HrTime } from "@opentelemetry/api";
import type { DataPoint, MetricData, ResourceMetrics, ScopeMetrics } from "@opentelemetry/sdk-metrics";
import { DataPointType } from "../../src/engine/sdk-values.ts";
import {
  mergeExponentialHistograms,
  mergeHistograms,
  mergeLastValues,
  mergeSums,
} from "./aggregation/merge.ts";
import type { Exemplar } from "../../src/engine/exemplars/reservoir.ts";
import { scopeFrom, scopeKey } from "../../src/engine/scope.ts";
import { Interner } from "../../src/engine/series/interner.ts";
import { SeriesTable } from "../../src/engine/series/series-table.ts";

type Point<Value> = DataPoint<Value> & { readonly exemplars?: readonly Exemplar[] };

/**
 * Merges two collections, under the resource of the first. Series of the same metric and attributes become one:
 * sums and histograms are added up, and the later gauge value is used. Neither collection is changed; unmerged
 * parts are shared with the result. Throws a `MergeError` if histograms of one metric have different
 * boundaries.
 *
 * A pure function. It is commutative and associative except for the resource, the order of the result and the
 * rounding of sums.
 */
export function mergeCollections(a: ResourceMetrics, b: ResourceMetrics): ResourceMetrics {
  const merged = new Map<string, ScopeMetrics>();
  for (const each of [...a.scopeMetrics, ...b.scopeMetrics]) {
    const key = keyOfScope(each.scope);
    const before = merged.get(key);
    merged.set(
      key,
      before === undefined ? each : { ...before, metrics: mergeMetrics(before.metrics, each.metrics) },
    );
  }
  return { resource: a.resource, scopeMetrics: [...merged.values()] };
}

// Metrics that differ in their series alone are matched in order: the first of `a` with the first of `b`, and
// so on.
function mergeMetrics(a: readonly MetricData[], b: readonly MetricData[]): MetricData[] {
  const others = b.map((metric) => ({ key: keyOfMetric(metric), metric }));
  const merged = a.map((metric) => {
    const key = keyOfMetric(metric);
    const at = others.findIndex((other) => other.key === key);
    return at < 0 ? metric : mergeMetric(metric, others.splice(at, 1)[0]!.metric);
  });
  return [...merged, ...others.map(({ metric }) => metric)];
}

function mergeMetric(a: MetricData, b: MetricData): MetricData {
  if (a.dataPointType === DataPointType.SUM && b.dataPointType === DataPointType.SUM)
    return { ...a, dataPoints: mergePoints(a.dataPoints, b.dataPoints, ofValues(mergeSums)) };
  if (a.dataPointType === DataPointType.GAUGE && b.dataPointType === DataPointType.GAUGE)
    return { ...a, dataPoints: mergePoints(a.dataPoints, b.dataPoints, newerValue) };
  if (a.dataPointType === DataPointType.HISTOGRAM && b.dataPointType === DataPointType.HISTOGRAM)
    return { ...a, dataPoints: mergePoints(a.dataPoints, b.dataPoints, ofValues(mergeHistograms)) };
  if (
    a.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM &&
    b.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM
  ) {
    const merge = ofValues(mergeExponentialHistograms);
    return { ...a, dataPoints: mergePoints(a.dataPoints, b.dataPoints, merge) };
  }
  // Unreachable: the metrics have the same key, which includes the kind.
  return a;
}

function mergePoints<Value>(
  a: readonly Point<Value>[],
  b: readonly Point<Value>[],
  merge: (a: Point<Value>, b: Point<Value>) => Value,
): DataPoint<Value>[] {
  // A series table compares attributes in the same way as recording does.
  const series = new SeriesTable({ interner: new Interner(), limit: Infinity });
  const merged = new Map<number, Point<Value>>();
  for (const point of [...a, ...b]) {
    const row = series.rowOf(point.attributes);
    const before = merged.get(row);
    merged.set(row, before === undefined ? point : mergePoint(before, point, merge(before, point)));
  }
  return [...merged.values()];
}

function mergePoint<Value>(a: Point<Value>, b: Point<Value>, value: Value): Point<Value> {
  const exemplars = [...(a.exemplars ?? []), ...(b.exemplars ?? [])];
  return {
    attributes: a.attributes,
    startTime: isBefore(a.startTime, b.startTime) ? a.startTime : b.startTime,
    endTime: isBefore(a.endTime, b.endTime) ? b.endTime : a.endTime,
    value,
    ...(exemplars.length > 0 && { exemplars }),
  };
}

function ofValues<Value>(merge: (a: Value, b: Value) => Value): (a: Point<Value>, b: Point<Value>) => Value {
  return (a, b) => merge(a.value, b.value);
}

function newerValue(a: Point<number>, b: Point<number>): number {
  const timed = ({ value, endTime: [seconds, nanoseconds] }: Point<number>) => ({
    value,
    timeUnixMillis: seconds * 1e3 + nanoseconds / 1e6,
  });
  return mergeLastValues(timed(a), timed(b)).value;
}

function isBefore([seconds, nanoseconds]: HrTime, [otherSeconds, otherNanoseconds]: HrTime): boolean {
  return seconds === otherSeconds ? nanoseconds < otherNanoseconds : seconds < otherSeconds;
}

function keyOfScope(scope: ScopeMetrics["scope"]): string {
  return scopeKey(scopeFrom(scope.name, scope.version ?? "", scope));
}

function keyOfMetric(metric: MetricData): string {
  const { name, unit, valueType } = metric.descriptor;
  const isMonotonic = metric.dataPointType === DataPointType.SUM && metric.isMonotonic;
  const { dataPointType, aggregationTemporality } = metric;
  return JSON.stringify([
    name.toLowerCase(),
    unit,
    valueType,
    dataPointType,
    aggregationTemporality,
    isMonotonic,
  ]);
}
