// One collection as a list that a test can read and compare.
import type { Attributes } from "@opentelemetry/api";
import { DataPointType, type MetricData, type ResourceMetrics } from "../engine/index.ts";
import { prometheusNameOf } from "../translation/snapshot.ts";

/** What a metric's series hold. An `upDownCounter` is a sum that may fall. */
export type MetricKind = "counter" | "upDownCounter" | "gauge" | "histogram";

/** What a metric is, apart from its series. */
export interface MetricIdentity {
  /** Name of the instrumentation scope, which is the meter's name. */
  readonly scope: string;
  /** The name in OpenTelemetry, such as `messages.sent`. */
  readonly name: string;
  readonly kind: MetricKind;
  /** As UCUM writes it; empty where there is none. */
  readonly unit: string;
  /** Empty where there is none. */
  readonly description: string;
}

/** A metric that holds something, with all its series. */
export interface RecordedMetric extends MetricIdentity {
  /** The name in Prometheus, such as `messages_sent_total`. */
  readonly prometheusName: string;
  readonly series: readonly RecordedSeries[];
}

/** What was recorded with one set of attributes. */
export interface RecordedSeries {
  readonly attributes: Attributes;
  readonly value: RecordedValue;
}

/** A sum or a last value as a number, or what a histogram counted. */
export type RecordedValue = number | RecordedHistogram;

/** What a histogram counted. */
export interface RecordedHistogram {
  readonly count: number;
  /** `undefined` where the instrument takes negative values. */
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** The metrics of a collection, in its order. */
export function recordedMetrics({ resource, scopeMetrics }: ResourceMetrics): readonly RecordedMetric[] {
  return scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.map((metric) => {
      const { name, unit, description } = metric.descriptor;
      // As the Prometheus reader does it, who alone knows all about its names.
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
      return metric.dataPoints.map(({ attributes, value }) => ({ attributes, value: histogramFrom(value) }));
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return metric.dataPoints.map(({ attributes, value }) => ({ attributes, value: histogramFrom(value) }));
    default:
      return metric satisfies never;
  }
}

function histogramFrom({
  count,
  sum,
  min,
  max,
}: {
  readonly count: number;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
}): RecordedHistogram {
  return { count, sum, min, max };
}
