/** Converts a collection to upstream's `ResourceMetrics`, for all readers and exporters that are not ours. */
import type { HrTime } from "@opentelemetry/api";
import type {
  DataPoint,
  ExponentialHistogram,
  Histogram,
  MetricData,
  ResourceMetrics,
  ScopeMetrics,
} from "@opentelemetry/sdk-metrics";
import { DataPointType } from "../sdk-values.ts";
import { explicitHistogramOf } from "../aggregation/explicit-histogram-store.ts";
import { exponentialHistogramOf } from "../aggregation/exponential-reading.ts";
import type { Exemplar } from "../exemplars/reservoir.ts";
import type { CollectedMetric } from "./collected-metric.ts";
import type { Collection } from "./collection.ts";
import type { SeriesSource } from "./series-source.ts";

/**
 * Converts a collection to upstream's form. Exemplars are under `exemplars`, a key that upstream's type does
 * not have yet.
 */
export function resourceMetricsFrom({ resource, timeUnixMillis, metrics }: Collection): ResourceMetrics {
  const endTime = hrTimeFromMillis(timeUnixMillis);
  const scopeMetrics: ScopeMetrics[] = [];
  for (const metric of metrics) {
    let last = scopeMetrics.at(-1);
    if (last?.scope !== metric.scope) scopeMetrics.push((last = { scope: metric.scope, metrics: [] }));
    last.metrics.push(metricDataFrom(metric, endTime));
  }
  return { resource, scopeMetrics };
}

function hrTimeFromMillis(unixMillis: number): HrTime {
  const seconds = Math.trunc(unixMillis / 1e3);
  return [seconds, Math.round((unixMillis % 1e3) * 1e6)];
}

/** Converts seconds and nanoseconds since the epoch to milliseconds. Precision is a quarter of a microsecond. */
export function millisFromHrTime([seconds, nanoseconds]: HrTime): number {
  return seconds * 1e3 + nanoseconds / 1e6;
}

function metricDataFrom(metric: CollectedMetric, endTime: HrTime): MetricData {
  const { descriptor, temporality: aggregationTemporality, series } = metric;
  const common = { descriptor, aggregationTemporality };
  switch (metric.kind) {
    case "sum": {
      const dataPoints = pointsOf(series, endTime, numberOf);
      return { ...common, dataPointType: DataPointType.SUM, dataPoints, isMonotonic: metric.isMonotonic };
    }
    case "gauge":
      return {
        ...common,
        dataPointType: DataPointType.GAUGE,
        dataPoints: pointsOf(series, endTime, numberOf),
      };
    case "histogram": {
      const { boundaries } = metric;
      const dataPoints = pointsOf(series, endTime, (cells, offset): Histogram => {
        const { min = 0, max = 0, sum = 0, ...rest } = explicitHistogramOf(cells, offset, boundaries);
        return shown({ min, max, sum, ...rest }, metric);
      });
      return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints };
    }
    case "exponentialHistogram": {
      const dataPoints = pointsOf(series, endTime, (cells, offset): ExponentialHistogram => {
        const { min = 0, max = 0, sum = 0, ...rest } = exponentialHistogramOf(cells.subarray(offset));
        return shown({ min, max, sum, ...rest }, metric);
      });
      return { ...common, dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM, dataPoints };
    }
    default:
      return metric satisfies never;
  }
}

function pointsOf<Value>(
  series: SeriesSource,
  endTime: HrTime,
  valueOf: (cells: Float64Array, offset: number) => Value,
): DataPoint<Value>[] {
  const points: DataPoint<Value>[] = [];
  const endMillis = endTime[0] * 1e3 + endTime[1] / 1e6;
  // Many series start at the same time and share one `HrTime`.
  let startMillis = Number.NaN;
  let startTime: HrTime = [0, 0];
  series.visit(0, series.length, {
    series(cells, offset, row) {
      const times = series.timesOf?.(row);
      if (times === undefined) {
        const millis = Math.min(series.startTimeOf(row), endMillis);
        if (millis !== startMillis) startTime = hrTimeFromMillis((startMillis = millis));
      }
      const point: DataPoint<Value> & { exemplars?: readonly Exemplar[] } = {
        attributes: series.attributesOf(row),
        startTime: times?.startTime ?? startTime,
        endTime: times?.endTime ?? endTime,
        value: valueOf(cells, offset),
      };
      const exemplars = series.exemplarsOf(row);
      if (exemplars.length > 0) point.exemplars = exemplars;
      points.push(point);
    },
  });
  return points;
}

function numberOf(cells: Float64Array, offset: number): number {
  return cells[offset]!;
}

// Upstream's points have these keys even without a value. The type cannot express that.
function shown<Value extends { readonly count: number }>(
  value: Value,
  { hasMinMax, hasSum }: { readonly hasMinMax: boolean; readonly hasSum: boolean },
): Value {
  if (!hasMinMax || value.count === 0) {
    Reflect.set(value, "min", undefined);
    Reflect.set(value, "max", undefined);
  }
  if (!hasSum) Reflect.set(value, "sum", undefined);
  return value;
}
