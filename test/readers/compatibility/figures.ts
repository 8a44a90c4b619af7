// Series in one form, wherever they arrive.
import type { Attributes } from "@opentelemetry/api";
import type { MetricData, ResourceMetrics } from "tachymeter/metrics";

/** A series as its destination shows it; of a histogram the count is the value. */
export interface Figure {
  /** The instrument's name. */
  readonly name: string;
  readonly attributes: Attributes;
  readonly value: number;
  /** Of a histogram, if the destination has it. */
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
