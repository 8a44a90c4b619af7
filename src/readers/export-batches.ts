// Batches of option `maxExportBatchSize`.
import type { MetricData, ResourceMetrics, ScopeMetrics } from "../engine/index.ts";

/**
 * Splits metrics into batches of exactly `maxPoints` data points; the last one has the rest. A metric with more points is
 * in several batches.
 */
export function batchesOf(
  { resource, scopeMetrics }: ResourceMetrics,
  maxPoints: number,
): readonly ResourceMetrics[] {
  const batches: ResourceMetrics[] = [];
  let last: ScopeMetrics[] = [];
  let room = 0;
  for (const { scope, metrics } of scopeMetrics) {
    let open: MetricData[] | undefined;
    for (const metric of metrics) {
      for (let from = 0; from < metric.dataPoints.length;) {
        if (room === 0) {
          batches.push({ resource, scopeMetrics: (last = []) });
          room = maxPoints;
          open = undefined;
        }
        if (open === undefined) last.push({ scope, metrics: (open = []) });
        const part = pointsOf(metric, from, from + room);
        open.push(part);
        room -= part.dataPoints.length;
        from += part.dataPoints.length;
      }
    }
  }
  return batches;
}

// Typed by its parts, since the type of a copy would not keep the kind with its points.
function pointsOf(metric: MetricData, from: number, to: number): MetricData {
  return Object.assign({ ...metric }, { dataPoints: metric.dataPoints.slice(from, to) });
}
