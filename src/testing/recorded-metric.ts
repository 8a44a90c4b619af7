import type { Attributes } from "@opentelemetry/api";
import { DataPointType, type MetricData, type ResourceMetrics } from "../engine/index.ts";
import { prometheusNameOf } from "../translation/snapshot.ts";

/** Kind of a metric. An `upDownCounter` is a sum that may fall. */
export type MetricKind = "counter" | "upDownCounter" | "gauge" | "histogram";

/** A metric without its series. */
export interface MetricIdentity {
  /** Name of the instrumentation scope, which is that of the meter. */
  readonly scope: string;
  /** Name in OpenTelemetry, such as `messages.sent`. */
  readonly name: string;
  readonly kind: MetricKind;
  /** In UCUM; may be empty. */
  readonly unit: string;
  /** May be empty. */
  readonly description: string;
}

/** A metric with at least one series. */
export interface RecordedMetric extends MetricIdentity {
  /** Name in Prometheus, such as `messages_sent_total`. */
  readonly prometheusName: string;
  readonly series: readonly RecordedSeries[];
}

/** A series: a set of attributes and its value. */
export interface RecordedSeries {
  readonly attributes: Attributes;
  readonly value: RecordedValue;
}

/** A sum, a last value, or a histogram. */
export type RecordedValue = number | RecordedHistogram;

/** A histogram. */
export interface RecordedHistogram {
  readonly count: number;
  /** `undefined` if the instrument accepts negative values. */
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** The metrics of a collection, in its order. */
export function recordedMetrics({ resource, scopeMetrics }: ResourceMetrics): readonly RecordedMetric[] {
  return scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.map((metric) => {
      const { name, unit, description } = metric.descriptor;
      const prometheusName = prometheusNameOf({ resource, scopeMetrics: [{ scope, metrics: [metric] }] });
      return {
        scope: scope.name,
        name,
        prometheusName: prometheusName ?? name,
        kind: kindOf(metric),
        unit,
        description,
        series: seriesOf(metric),
      };
    }),
  );
}

function kindOf(metric: MetricData): MetricKind {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return metric.isMonotonic ? "counter" : "upDownCounter";
    case DataPointType.GAUGE:
      return "gauge";
    case DataPointType.HISTOGRAM:
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return "histogram";
    default:
      return metric satisfies never;
  }
}

function seriesOf(metric: MetricData): readonly RecordedSeries[] {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
    case DataPointType.GAUGE:
      return metric.dataPoints.map(({ attributes, value }) => ({ attributes, value }));
    case DataPointType.HISTOGRAM:
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return metric.dataPoints.map(({ attributes, value: { count, sum, min, max } }) => ({
        attributes,
        value: { count, sum, min, max },
      }));
    default:
      return metric satisfies never;
  }
}
