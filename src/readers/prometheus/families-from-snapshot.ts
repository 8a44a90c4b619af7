// From a snapshot, ours or a user's own source's, to the families of Prometheus.
import type { MetricsSource } from "../../facades/metrics-exporter.ts";
import { metricNameFromName, type Snapshot, type SnapshotEntry } from "../../facades/snapshot.ts";
import type { Buckets, Family, Series } from "../series/family.ts";
import { labelTextFrom, LabelTranslator } from "../series/labels.ts";

interface GrowingFamily extends Family {
  readonly series: Series[];
}

/**
 * The families of a snapshot, in the order of its keys. What `describe` does not know is `untyped` and has no help.
 *
 * @param describe the source's `getMetric`.
 */
export function familiesFromSnapshot(
  snapshot: Snapshot,
  describe: NonNullable<MetricsSource["getMetric"]>,
): readonly Family[] {
  const families = new Map<string, GrowingFamily>();
  const numberLabels = new LabelTranslator();
  const histogramLabels = new LabelTranslator("le");
  for (const [key, entry] of Object.entries(snapshot.metrics)) {
    const given = key.split("{", 1)[0]!;
    const name = metricNameFromName(given);
    let family = families.get(name);
    if (family === undefined) {
      const metric = describe(given);
      const help = metric === undefined ? undefined : metric.description || given;
      families.set(name, (family = { name, kind: metric?.kind ?? "untyped", help, series: [] }));
    }
    const translator = typeof entry.value === "object" ? histogramLabels : numberLabels;
    const labels = translator.labels(entry.labels);
    family.series.push({ labels, labelText: labelTextFrom(labels), value: valueFrom(entry.value) });
  }
  return [...families.values()];
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
