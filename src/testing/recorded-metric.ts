import type { Attributes } from "@opentelemetry/api";
import type { MetricData, ResourceMetrics } from "../engine/index.ts";
import { DataPointType } from "../engine/sdk-values.ts";
import { prometheusNameOf } from "../translation/snapshot.ts";

/** Kind of a metric. An `upDownCounter` is a sum that can fall. */
export type MetricKind = "counter" | "upDownCounter" | "gauge" | "histogram";

/** Identity of a metric, without its series. */
export interface MetricIdentity {
  /** Name of the instrumentation scope, which is the name of the meter. */
  readonly scope: string;
  /** Name in OpenTelemetry, such as `messages.sent`. */
  readonly name: string;
  /** Kind of the metric. */
  readonly kind: MetricKind;
  /** Unit in UCUM, which may be empty. */
  readonly unit: string;
  /** Description, which may be empty. */
  readonly description: string;
}

/** A metric with at least one series. */
export interface RecordedMetric extends MetricIdentity {
  /** Name in Prometheus, such as `messages_sent_total`. */
  readonly prometheusName: string;
  /** Series of the metric, one for each attribute set. */
  readonly series: readonly RecordedSeries[];
}

/** A series: a set of attributes and its value. */
export interface RecordedSeries {
  /** Attributes of the series. */
  readonly attributes: Attributes;
  /** Value of the series. */
  readonly value: RecordedValue;
}

/** Value of a series: a sum, a last value, or a histogram. */
export type RecordedValue = number | RecordedHistogram;

/** Value of a series of a histogram. */
export interface RecordedHistogram {
  /** Number of measurements. */
  readonly count: number;
  /** Sum of the measurements; `undefined` if the instrument accepts negative values. */
  readonly sum: number | undefined;
  /** Smallest measurement, if known. */
  readonly min: number | undefined;
  /** Greatest measurement, if known. */
  readonly max: number | undefined;
}

/** Converts a collection to metrics, in its order. */
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
