// A collector's snapshot, and its metrics by kind, in a form for tests.
import type { NamedCounter, NamedGauge, NamedHistogram, TelemetryCollector } from "tachymeter/facades";

/** The snapshot's values by key, without the collector's self metrics. A histogram is its count and sum. */
export async function valuesOf(collector: TelemetryCollector): Promise<Record<string, unknown>> {
  const { metrics } = await collector.getSnapshot();
  return Object.fromEntries(
    Object.entries(metrics)
      .filter(([key]) => !key.startsWith("telemetry_"))
      .map(([key, { value }]) => [
        key,
        typeof value === "object" ? { count: value.count, sum: value.sum } : value,
      ]),
  );
}

export function counterOf(collector: TelemetryCollector, name: string): NamedCounter {
  const metric = collector.getMetric(name);
  if (metric?.kind !== "counter") throw new TypeError(`${name} is no counter`);
  return metric;
}

export function gaugeOf(collector: TelemetryCollector, name: string): NamedGauge {
  const metric = collector.getMetric(name);
  if (metric?.kind !== "gauge") throw new TypeError(`${name} is no gauge`);
  return metric;
}

export function histogramOf(collector: TelemetryCollector, name: string): NamedHistogram {
  const metric = collector.getMetric(name);
  if (metric?.kind !== "histogram") throw new TypeError(`${name} is no histogram`);
  return metric;
}
