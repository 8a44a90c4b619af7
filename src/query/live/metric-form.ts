// The form of a metric's series.
import { EXPLICIT, EXPONENTIAL } from "../../engine/collection/cell-layout.ts";
import type { CollectedHistogram, CollectedMetric } from "../../engine/collection/collected-metric.ts";

/** The form of the series of a metric. */
export type MetricForm = Pick<CollectedMetric, "kind"> &
  Partial<Pick<CollectedHistogram, "boundaries" | "hasSum">>;

/** The form of a metric, without its collection. */
export function formOf(metric: CollectedMetric): MetricForm {
  if (metric.kind !== "histogram") return { kind: metric.kind };
  const { kind, boundaries, hasSum } = metric;
  return { kind, boundaries, hasSum };
}

/** Whether the series of a metric still have a form. */
export function hasSameForm(known: MetricForm, metric: CollectedMetric): boolean {
  if (known.kind !== metric.kind) return false;
  if (metric.kind !== "histogram") return true;
  const { boundaries, hasSum } = metric;
  if (known.hasSum !== hasSum || known.boundaries?.length !== boundaries.length) return false;
  return known.boundaries === boundaries || known.boundaries.every((bound, i) => bound === boundaries[i]);
}

/** The cells of one series, independent of the collection. */
export function copyOf(metric: CollectedMetric, cells: Float64Array, offset: number): Float64Array {
  switch (metric.kind) {
    case "sum":
    case "gauge":
      return cells.slice(offset, offset + 1);
    case "histogram":
      return cells.slice(offset, offset + EXPLICIT.buckets + metric.boundaries.length + 1);
    case "exponentialHistogram": {
      const counts =
        cells[offset + EXPONENTIAL.positiveLength]! + cells[offset + EXPONENTIAL.negativeLength]!;
      return cells.slice(offset, offset + EXPONENTIAL.counts + counts);
    }
    default:
      return metric satisfies never;
  }
}
