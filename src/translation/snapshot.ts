// A collection as the entries of a snapshot.
import type { Collection } from "../engine/collection/collection.ts";
import { collectionFromMetrics } from "../engine/collection/collection-from-metrics.ts";
import type { ResourceMetrics } from "../engine/index.ts";
import {
  type Labels,
  type SnapshotEntry,
  type SnapshotHistogram,
  snapshotNumber,
} from "./snapshot-document.ts";
import type { Buckets, Label, Series } from "./family.ts";
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

/** The names of a collection's metrics; does not read their series. */
export function snapshotNames(collection: Collection): readonly string[] {
  return snapshotTranslation.families(collection).map(({ name }) => name);
}

export interface ShownSeries {
  readonly name: string;
  readonly labels: readonly Label[];
  readonly value: SnapshotEntry["value"];
  readonly timestamp: number;
}

/** The series of a collection in steps; a step without a series yields `undefined`. */
export function* snapshotSteps(collection: Collection): Generator<ShownSeries | undefined, void> {
  for (const { name, metrics } of snapshotTranslation.families(collection)) {
    const merged = new MergedSeries(snapshotTranslation, collection, { laterScope: "name" });
    for (const _ of merged.add(metrics)) yield undefined;
    for (const one of merged.series)
      yield { name, labels: one.labels, value: valueOf(one), timestamp: secondsOf(one) };
  }
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

/** A histogram without measurements. */
export function emptyHistogram(bounds: readonly number[]): SnapshotHistogram {
  const cumulativeCounts = bounds.map(() => 0);
  return histogramOf({ bounds, cumulativeCounts, count: 0, sum: 0, min: undefined, max: undefined });
}

function valueOf({ value }: Series): SnapshotEntry["value"] {
  return typeof value === "number" ? snapshotNumber(value) : histogramOf(value);
}

function histogramOf({ bounds, cumulativeCounts, count, sum, min, max }: Buckets): SnapshotHistogram {
  const buckets: Record<string, number> = {};
  for (const [i, bound] of bounds.entries()) buckets[String(bound)] = cumulativeCounts[i]!;
  buckets["+Inf"] = count;
  return { count, sum: sum ?? 0, min: min ?? null, max: max ?? null, buckets };
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
