// A collection as the entries of a snapshot.
import type { Collection } from "../engine/collection/collection.ts";
import { collectionFromMetrics } from "../engine/collection/collection-from-metrics.ts";
import type { ResourceMetrics } from "../engine/index.ts";
import {
  type Labels,
  type Snapshot,
  type SnapshotEntry,
  snapshotHistogram,
  snapshotNumber,
} from "./snapshot-document.ts";
import { DistinctRows } from "./distinct-rows.ts";
import type { Family, Label, Series } from "./family.ts";
import { labelTextFrom } from "./labels.ts";
import { MergedSeries } from "./merged-series.ts";
import { Translation } from "./translation.ts";

/** Names of a snapshot: those of Prometheus' text format, without `target_info` and without scope labels. */
export const snapshotTranslation: Translation = new Translation({
  scopeLabels: false,
  targetInfo: false,
  nestedHistograms: true,
});

/**
 * The series of a collection by key. If series of two scopes have the same key, the later one gets the label
 * `otel_scope_name`.
 */
export function* snapshotEntries(collection: Collection): Generator<[key: string, SnapshotEntry]> {
  for (const shown of snapshotSteps(collection)) if (shown !== undefined) yield entryOf(shown);
}

/** All series of a collection by key, in steps, followed by `further` entries. */
export function* metricsSteps(
  collection: Collection,
  further: Iterable<readonly [key: string, SnapshotEntry]>,
): Generator<void, Snapshot["metrics"]> {
  const metrics: Record<string, SnapshotEntry> = {};
  for (const shown of snapshotSteps(collection)) {
    if (shown !== undefined) setOwn(metrics, ...entryOf(shown));
    yield;
  }
  for (const entry of further) setOwn(metrics, ...entry);
  return metrics;
}

// A metric may have the name `__proto__`, to which an assignment would set the prototype.
function setOwn(metrics: Record<string, SnapshotEntry>, key: string, entry: SnapshotEntry): void {
  if (key !== "__proto__") metrics[key] = entry;
  else
    Object.defineProperty(metrics, key, {
      value: entry,
      configurable: true,
      enumerable: true,
      writable: true,
    });
}

export interface ShownSeries {
  readonly name: string;
  readonly labels: readonly Label[];
  readonly value: SnapshotEntry["value"];
  readonly timestamp: number;
}

/** The series of a collection in steps; a step without a series yields `undefined`. */
export function* snapshotSteps(collection: Collection): Generator<ShownSeries | undefined, void> {
  for (const family of snapshotTranslation.families(collection)) {
    const { name, metrics } = family;
    const areDistinct = yield* haveDistinctSeries(family, collection);
    const merged = new MergedSeries(snapshotTranslation, collection, { laterScope: "name" });
    for (const one of merged.of(metrics, areDistinct)) {
      yield one && { name, labels: one.labels, value: valueOf(one), timestamp: secondsOf(one) };
    }
  }
}

/** Whether no two series of a family have the same key, decided without building the keys. */
export function* haveDistinctSeries(family: Family, { interner }: Collection): Generator<undefined, boolean> {
  const [first, second] = family.metrics;
  if (first === undefined || second !== undefined) return false;
  return yield* DistinctRows.of(snapshotTranslation.names, interner).areDistinct(first.metric, family);
}

/** A series with its key. */
export function entryOf({ name, labels, value, timestamp }: ShownSeries): [key: string, SnapshotEntry] {
  const text = labelTextFrom(labels);
  return [text === "" ? name : `${name}{${text}}`, { value, labels: labelsOf(labels), timestamp }];
}

/** The Prometheus name of the only metric of a collection, such as `messages_sent_total`. */
export function prometheusNameOf(metrics: ResourceMetrics): string | undefined {
  return snapshotTranslation.families(collectionFromMetrics(metrics))[0]?.name;
}

function valueOf({ value }: Series): SnapshotEntry["value"] {
  return typeof value === "number" ? snapshotNumber(value) : snapshotHistogram(value);
}

function labelsOf(labels: readonly Label[]): Labels {
  // JSON cannot represent NaN and infinities.
  return Object.fromEntries(
    labels.map(({ name, value }) => [
      name,
      typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
    ]),
  );
}

function secondsOf({ timeUnixMillis = 0 }: Series): number {
  return timeUnixMillis / 1e3;
}
