/**
 * The lag of the event loop in the default metrics. Each reading begins a new window: one by a collection would shorten that of
 * the application's own endpoint.
 */
import { performance } from "node:perf_hooks";

// A metric that was read within this time is read regularly.
const REGULAR_MILLIS = 300_000;

const readMillis = new WeakMap<object, number>();

/** The application reads the metrics itself. */
export function readByApplication(metrics: readonly object[]): void {
  for (const metric of metrics) if (isLag(metric)) readMillis.set(metric, performance.now());
}

/** Whether collections take the values of the metric as they are, since the application reads it regularly. */
export function isReadByApplication(metric: object): boolean {
  return isLag(metric) && performance.now() - (readMillis.get(metric) ?? -Infinity) < REGULAR_MILLIS;
}

function isLag(metric: object): boolean {
  return "name" in metric && String(metric.name).endsWith("nodejs_eventloop_lag_seconds");
}
