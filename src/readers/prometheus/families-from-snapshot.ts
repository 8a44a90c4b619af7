// Snapshots, ours or those of a user's own source, as families of Prometheus.
import type { MetricsSource } from "../../collector/metrics-exporter.ts";
import {
  metricNameFromName,
  type Snapshot,
  type SnapshotEntry,
} from "../../translation/snapshot-document.ts";
import type { Buckets, ListedFamily, Series } from "../../translation/family.ts";
import { LabelNames } from "../../translation/label-names.ts";
import { BUCKET_LABEL, labelsFrom } from "../../translation/labels.ts";
import { unitOf } from "../../translation/metric-name.ts";

interface GrowingFamily extends ListedFamily {
  readonly series: Series[];
}

/**
 * The families of a snapshot, in the order of its keys. Metrics that `describe`, the source's `getMetric`, does not know are
 * `untyped` and have no help.
 */
export function familiesFromSnapshot(
  snapshot: Snapshot,
  describe: NonNullable<MetricsSource["getMetric"]>,
): readonly ListedFamily[] {
  const families = new Map<string, GrowingFamily>();
  const names = new LabelNames("UnderscoreEscapingWithSuffixes", "underscores");
  for (const [key, { labels, value }] of Object.entries(snapshot.metrics)) {
    const given = key.split("{", 1)[0]!;
    const name = metricNameFromName(given);
    let family = families.get(name);
    if (family === undefined) families.set(name, (family = familyOf(name, given, describe)));
    const reserved = typeof value === "object" ? BUCKET_LABEL : undefined;
    family.series.push({ labels: labelsFrom(labels, names, [], reserved), value: valueFrom(value) });
  }
  return [...families.values()];
}

function familyOf(
  name: string,
  given: string,
  describe: NonNullable<MetricsSource["getMetric"]>,
): GrowingFamily {
  const metric = describe(given);
  if (metric === undefined) return { name, kind: "untyped", help: undefined, unit: "", series: [] };
  const { kind, description, unit } = metric;
  return { name, kind, help: description || given, unit: unitOf({ name, unit }, kind), series: [] };
}

function valueFrom(value: SnapshotEntry["value"]): Series["value"] {
  if (typeof value === "number") return value;
  if (typeof value === "string") return Number(value.replace("Inf", "Infinity"));
  const { count, sum, min, max } = value;
  const finite = Object.entries(value.buckets)
    .map(([bound, below]) => ({ bound: Number(bound), below }))
    .filter(({ bound }) => Number.isFinite(bound))
    .toSorted((left, right) => left.bound - right.bound);
  return {
    bounds: finite.map(({ bound }) => bound),
    cumulativeCounts: finite.map(({ below }) => below),
    count,
    sum,
    min: min ?? undefined,
    max: max ?? undefined,
  } satisfies Buckets;
}
