// Series in one form, for any destination.
import type { Attributes } from "@opentelemetry/api";
import type { MetricData, ResourceMetrics } from "tachymeter/metrics";

/** A series at its destination; for a histogram, the value is the count. */
export interface Figure {
  /** The instrument's name. */
  readonly name: string;
  readonly attributes: Attributes;
  readonly value: number;
  /** Sum of a histogram, if the destination has it. */
  readonly sum?: number | undefined;
}

/** Every series of a collection. */
export function figuresOf({ scopeMetrics }: ResourceMetrics): Figure[] {
  return scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(figuresOfMetric));
}

function figuresOfMetric({ descriptor: { name }, dataPoints }: MetricData): Figure[] {
  return dataPoints.map(({ attributes, value }) =>
    typeof value === "number"
      ? { name, attributes, value }
      : { name, attributes, value: value.count, sum: value.sum },
  );
}
