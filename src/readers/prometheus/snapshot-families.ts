// A snapshot, which any source may have made, as Prometheus families.
import type { MetricsSource } from "../../collector/metrics-exporter.ts";
import { allSteps } from "../../io/yield.ts";
import { LabelNames } from "../../translation/escape-name.ts";
import type { ClassicHistogram, FamilyHead, ListedFamily, Series } from "../../translation/family.ts";
import { keySteps } from "../../translation/label-steps.ts";
import { BUCKET_LABEL, labelsFrom } from "../../translation/labels.ts";
import { keptName, unitOf } from "../../translation/metric-name.ts";
import type { Snapshot, SnapshotEntry } from "../../translation/snapshot-document.ts";
import { SampleNames, warnOfConflict } from "../../translation/translation.ts";

type Describe = NonNullable<MetricsSource["getMetric"]>;

interface GrowingFamily extends ListedFamily {
  readonly series: Series[];
  /** Labels of the series. */
  readonly keys: Set<string>;
}

/**
 * The families of a snapshot, in the order of its keys. `describe` is the source's `getMetric`. Metrics unknown to it
 * have no help text and are `untyped`, unless they are histograms. Series and metrics that parsers would refuse are left
 * out and logged once: those whose samples would collide with another's, and numbers beside histograms.
 */
export function familiesFromSnapshot(snapshot: Snapshot, describe: Describe): readonly ListedFamily[] {
  const families = new Map<string, GrowingFamily>();
  const names = new LabelNames("UnderscoreEscapingWithSuffixes", "underscores");
  for (const [key, { labels: given, value }] of Object.entries(snapshot.metrics)) {
    const givenName = key.split("{", 1)[0]!;
    const name = keptName({ name: givenName, unit: "" });
    const read = valueFrom(value);
    const isHistogram = typeof read === "object";
    let family = families.get(name);
    if (family === undefined) {
      const head = headOf(name, givenName, isHistogram, describe);
      families.set(name, (family = { ...head, series: [], keys: new Set() }));
    }
    const labels = labelsFrom(given, names, isHistogram ? BUCKET_LABEL : undefined);
    const problem = problemOf(family, isHistogram, allSteps(keySteps(labels)));
    if (problem === undefined) family.series.push({ labels, value: read });
    else warnOfConflict(`"${givenName}"`, problem);
  }
  const samples = new SampleNames();
  return [...families.values()].map(withoutFalseCounter).filter((family) => {
    const conflict = samples.take(family);
    if (conflict !== undefined) warnOfConflict(`"${family.name}"`, conflict);
    return conflict === undefined;
  });
}

// The kind of value decides on the type, since a source may describe another metric of the same name.
function headOf(name: string, given: string, isHistogram: boolean, describe: Describe): FamilyHead {
  const metric = describe(given);
  if (metric === undefined || (metric.kind === "histogram") !== isHistogram)
    return { name, kind: isHistogram ? "histogram" : "untyped", help: undefined, unit: "" };
  const { kind, description, unit } = metric;
  return { name, kind, help: description || given, unit: unitOf({ name, unit }, kind) };
}

function withoutFalseCounter(family: ListedFamily): ListedFamily {
  const isCounter = family.kind !== "counter" || family.series.every(({ value }) => Number(value) >= 0);
  return isCounter ? family : { ...family, kind: "untyped" };
}

function problemOf(
  { name, kind, keys }: GrowingFamily,
  isHistogram: boolean,
  key: string,
): string | undefined {
  if ((kind === "histogram") !== isHistogram) return `${name} has both numbers and histograms`;
  if (keys.has(key)) return `two series of ${name} have the same labels`;
  keys.add(key);
  return undefined;
}

function valueFrom(value: SnapshotEntry["value"]): Series["value"] {
  if (typeof value === "number") return value;
  if (typeof value === "string") return Number(value.replace("Inf", "Infinity"));
  const { count, sum, min, max } = value;
  const finite = Object.entries(value.buckets)
    .map(([bound, below]) => ({ bound: Number(bound), below }))
    .filter(({ bound }) => Number.isFinite(bound))
    .toSorted((left, right) => left.bound - right.bound)
    .filter(({ bound }, i, all) => bound !== all[i - 1]?.bound);
  return {
    bounds: finite.map(({ bound }) => bound),
    cumulativeCounts: finite.map(({ below }) => below),
    count,
    sum,
    min: min ?? undefined,
    max: max ?? undefined,
  } satisfies ClassicHistogram;
}
