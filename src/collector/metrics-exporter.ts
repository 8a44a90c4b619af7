// Base of custom export formats: an exporter reads a source and writes its metrics somewhere.
import { type Check, withMethods } from "../options/check.ts";
import type { Snapshot } from "../translation/snapshot-document.ts";

/** Description of one metric of a source. */
export interface MetricDescription {
  /** Kind of metric. */
  readonly kind: "counter" | "gauge" | "histogram";
  /** Description, which may be empty. */
  readonly description: string;
  /** Unit in UCUM, which may be empty. */
  readonly unit: string;
}

/**
 * Source of the metrics that a `MetricsExporter` writes: a `TelemetryCollector`, or any object that returns snapshots.
 */
export interface MetricsSource {
  /** Returns the current value of every series. */
  getSnapshot(): Promise<Snapshot>;
  /**
   * Returns the description of a metric, `undefined` if it is unknown. `name` is the beginning of the metric's keys in
   * snapshots.
   */
  getMetric?(name: string): MetricDescription | undefined;
}

/**
 * Base class of an export format or destination. Pass an instance of a subclass to `PeriodicExporter` or
 * `MultiExporter`, or call it directly to export the current metrics.
 *
 * @example
 * class LineExporter extends MetricsExporter {
 *   async exportMetrics(source: MetricsSource): Promise<void> {
 *     const { metrics } = await source.getSnapshot();
 *     for (const [key, { value }] of Object.entries(metrics)) console.log(key, value);
 *   }
 * }
 */
export abstract class MetricsExporter {
  /** Writes the current metrics of `source`. Must reject if that fails; the caller decides whether to retry. */
  abstract exportMetrics(source: MetricsSource): Promise<void>;
}

/** @internal Check for an object that can export. */
export const EXPORTER: Check<object> = withMethods(
  "be an object with a method exportMetrics",
  "exportMetrics",
);
