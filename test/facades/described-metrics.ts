// Descriptions of a provider's metrics, without their values.
import type { ResourceMetrics } from "tachymeter/metrics";

/** Boundaries, in seconds, of every duration histogram of ours. */
export const SECONDS_BOUNDARIES: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** A metric without its values. */
export interface DescribedMetric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  /** Attributes of its first series. */
  readonly attributes: readonly string[];
  /** Upper bounds of a histogram. */
  readonly boundaries: readonly number[] | undefined;
}

/** The metrics of one instrumentation scope, by name. */
export function describedMetrics(collected: ResourceMetrics, scope: string): readonly DescribedMetric[] {
  const found = collected.scopeMetrics.find((one) => one.scope.name === scope);
  return (found?.metrics ?? [])
    .map(({ descriptor, dataPoints }) => ({
      name: descriptor.name,
      unit: descriptor.unit,
      description: descriptor.description,
      attributes: Object.keys(dataPoints[0]?.attributes ?? {}).toSorted(),
      boundaries: boundariesOf(dataPoints[0]?.value),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function boundariesOf(value: unknown): readonly number[] | undefined {
  if (typeof value !== "object" || value === null || !("buckets" in value)) return undefined;
  const { buckets } = value;
  if (typeof buckets !== "object" || buckets === null || !("boundaries" in buckets)) return undefined;
  return Array.isArray(buckets.boundaries) ? buckets.boundaries.map(Number) : undefined;
}
