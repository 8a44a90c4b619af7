/**
 * The lag of the event loop in the default metrics. Each reading begins a new window: one by a collection would shorten that of
 * the application's own endpoint.
 */
import { performance } from "node:perf_hooks";

/** Readings by the application. A pair of servers reads at unequal distances. */
interface Readings {
  readonly lastMillis: number;
  readonly distances: readonly [last: number, before: number];
}

const readings = new WeakMap<object, Readings>();

/** The application reads the metrics itself. */
export function readByApplication(metrics: readonly object[]): void {
  const now = performance.now();
  for (const metric of metrics) {
    if (!isLag(metric)) continue;
    const { lastMillis, distances } = readings.get(metric) ?? { lastMillis: now, distances: [0, 0] };
    readings.set(metric, { lastMillis: now, distances: [now - lastMillis, distances[0]] });
  }
}

/** Whether collections take the values of the metric as they are, since the application reads it regularly. */
export function isReadByApplication(metric: object): boolean {
  const known = isLag(metric) ? readings.get(metric) : undefined;
  return known !== undefined && performance.now() - known.lastMillis < 2 * Math.max(...known.distances);
}

function isLag(metric: object): boolean {
  return "name" in metric && String(metric.name).endsWith("nodejs_eventloop_lag_seconds");
}
