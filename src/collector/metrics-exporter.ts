// What a user's own export format is made of: an exporter reads a source and writes it somewhere.
import { type Check, withMethods } from "../options/check.ts";
import type { Snapshot } from "../translation/snapshot-document.ts";

/** What a source knows of one metric beyond its figures. */
export interface MetricDescription {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly description: string;
  /** The unit as UCUM writes it, empty where there is none. */
  readonly unit: string;
}

/** Where a `MetricsExporter` reads: a `TelemetryCollector`, or anything else that can give a snapshot. */
export interface MetricsSource {
  /** Every series at this moment. */
  getSnapshot(): Promise<Snapshot>;
  /** What is known of a metric, by the name that its snapshot keys begin with; `undefined` where nothing is. */
  getMetric?(name: string): MetricDescription | undefined;
}

/**
 * An export format or destination. Extend it and hand an instance to `PeriodicExporter` or `MultiExporter`, or call it
 * whenever figures should go out.
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
  /** Writes what `source` holds now. Rejects where that fails; whoever calls decides whether to try again. */
  abstract exportMetrics(source: MetricsSource): Promise<void>;
}

/** @internal What can export. */
export const EXPORTER: Check<object> = withMethods(
  "be an object with a method exportMetrics",
  "exportMetrics",
);
