/** Metrics that are recorded outside of a provider and join its collections. */
import type { Interner } from "../series/interner.ts";
import type { CollectedMetric } from "./collected-metric.ts";

export interface MetricSource {
  /** Runs callbacks before a collection. Returns a promise if the collection has to wait. Never throws. */
  prepare(): Promise<readonly unknown[]> | undefined;
  /**
   * The metrics that have data, all cumulative. The ids of their pairs are those of `interner`. They are valid until the next
   * collection of `reader`.
   */
  collect(interner: Interner, reader: object): readonly CollectedMetric[];
  /** Called when `reader` collects no more. Its last collection may still be read. */
  forget?(reader: object): void;
}

// Shared by all copies of this file: libraries may load one by `require`, and the application another by `import`.
const KEY = Symbol.for("tachymeter.metric_sources");

/** The sources of this process. The running SDK's provider collects them. */
export function metricSources(): Set<MetricSource> {
  const known: unknown = Reflect.get(globalThis, KEY);
  if (known instanceof Set) return known;
  const sources = new Set<MetricSource>();
  Reflect.set(globalThis, KEY, sources);
  return sources;
}
