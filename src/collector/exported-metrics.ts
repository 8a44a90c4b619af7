// Metrics of snapshots that are recorded elsewhere: by facades, instrumentations, other libraries and the SDK itself.
import type { DroppedMeasurements } from "../diagnostics/dropped-measurements.ts";
import { LogOnce } from "../diagnostics/log-once.ts";
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { Collection } from "../engine/collection/collection.ts";
import type { Family } from "../translation/family.ts";
import type { Translation } from "../translation/translation.ts";
import { NamedCounter, NamedGauge, NamedHistogram } from "./named-metrics.ts";
import { readOnlyTarget } from "./reference-metrics.ts";
import type { AnyNamedMetric } from "./registered-metrics.ts";

interface Exported extends Pick<Family, "kind"> {
  readonly descriptor: CollectedMetric["descriptor"];
  readonly buckets: readonly number[];
}

/** The metrics of the last collection, by their names in snapshots. Nothing can be recorded to them here. */
export class ExportedMetrics {
  readonly #dropped: DroppedMeasurements;
  readonly #once = new LogOnce();
  #metrics: ReadonlyMap<string, Exported> = new Map();

  constructor(dropped: DroppedMeasurements) {
    this.#dropped = dropped;
  }

  /** Replaces the metrics by those of a collection, and returns their names. Does not keep the collection. */
  take(collection: Collection, translation: Translation): Iterable<string> {
    this.#metrics = new Map(
      translation.families(collection).map(({ name, kind, metrics }) => {
        const { metric } = metrics[0]!;
        const buckets = metric.kind === "histogram" ? metric.boundaries : [];
        return [name, { kind, descriptor: metric.descriptor, buckets }];
      }),
    );
    return this.#metrics.keys();
  }

  /** Returns the metric of this name. */
  get(name: string): AnyNamedMetric | undefined {
    const exported = this.#metrics.get(name);
    if (exported === undefined) return undefined;
    const { kind, buckets, descriptor } = exported;
    const spec = { name, description: descriptor.description, unit: descriptor.unit, labels: undefined };
    const problem = `${kind} "${name}": recorded elsewhere and cannot be changed by name; use the facade or instrument that records it`;
    const target = readOnlyTarget(name, problem, this.#once);
    if (kind === "counter") return new NamedCounter(spec, this.#dropped, target);
    if (kind === "histogram") return new NamedHistogram(spec, buckets, this.#dropped, target);
    return new NamedGauge(spec, this.#dropped, target);
  }
}
