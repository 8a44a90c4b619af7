// Compares the metrics read by a scraper with the drawn ones.
import type { QueriedSeries } from "../../../servers/prometheus.ts";
import { type DrawnMetric, labelsOf, samplesOf } from "./drawn.ts";

/** Rules for comparing translated names. */
export interface Naming {
  /** Whether `shown` is a valid translation of a metric's name. */
  readonly fits: (shown: string, drawn: string) => boolean;
  /** The key of an attribute from the name of its label, if it can be restored. */
  readonly keyOf: ((label: string) => string) | undefined;
  /** Replaces characters that no scraper can read. */
  readonly legible: (drawn: string) => string;
  /** The bounds a histogram may have beside its sum. */
  readonly bounds: "any" | "positive";
}

/** The naming of a strategy and an escaping scheme. */
export function namingOf({
  strategy,
  escaping,
  protocol,
}: {
  readonly strategy: string;
  readonly escaping: string;
  readonly protocol: string;
}): Naming {
  const bounds = protocol === "OpenMetricsText1.0.0" ? "positive" : "any";
  const isBare = strategy === "NoTranslation";
  if (escaping === "allow-utf-8") {
    // Prometheus 3 stops reading at NUL.
    const legible = (drawn: string): string => drawn.replaceAll("\0", "_");
    const fits = (shown: string, drawn: string): boolean =>
      isBare ? shown === legible(drawn) : shown.startsWith(legible(drawn).replace(/[._]total$/, ""));
    return { fits, keyOf: unchanged, legible, bounds };
  }
  if (escaping === "values") {
    return {
      fits: (shown, drawn) => (isBare ? decoded(shown) === drawn : /^[a-zA-Z_:][\w:]*$/.test(shown)),
      keyOf: decoded,
      legible: unchanged,
      bounds,
    };
  }
  return { fits: (shown) => /^[a-zA-Z_:][\w:]*$/.test(shown), keyOf: undefined, legible: unchanged, bounds };
}

/** Describes the first few missing, additional or different samples. */
export function differences(
  metrics: readonly DrawnMetric[],
  found: readonly QueriedSeries[],
  naming: Naming,
): readonly string[] {
  const byId = new Map<string, QueriedSeries[]>();
  for (const one of found) {
    const id = one.labels["id"] ?? "";
    byId.set(id, [...(byId.get(id) ?? []), one]);
  }
  const names = new Map<string, DrawnMetric>();
  const told: string[] = [];
  for (const metric of metrics) {
    for (const series of metric.series) {
      const of = `${metric.kind} ${JSON.stringify(metric.name)} in ${JSON.stringify(metric.unit)}`;
      const samples = byId.get(String(series.attributes["id"])) ?? [];
      const [name, values] = valuesOf(metric, samples);
      if (!naming.fits(name, metric.name)) told.push(`${of} is called ${JSON.stringify(name)}`);
      if ((names.get(name) ?? metric) !== metric) told.push(`${of} is called as another: ${name}`);
      names.set(name, metric);
      const wanted = samplesOf(metric, series, naming.bounds);
      if (!isSame(values, wanted)) told.push(`${of}: ${textOf(values)} in place of ${textOf(wanted)}`);
      for (const { labels } of samples) {
        const problem = labelProblem(labels, labelsOf(series.attributes), naming);
        if (problem !== undefined) told.push(`${of}: ${problem}`);
      }
    }
  }
  return told.slice(0, 5);
}

// The metric's own name, and its samples by the names of `samplesOf`.
function valuesOf(
  { kind }: DrawnMetric,
  samples: readonly QueriedSeries[],
): [name: string, values: ReadonlyMap<string, number>] {
  const values = new Map<string, number>();
  let name = "";
  for (const { labels, value } of samples) {
    const whole = labels["__name__"] ?? "";
    if (isCreated(kind, whole, samples.length)) continue;
    const ending = kind === "histogram" ? (/_(bucket|sum|count)$/.exec(whole)?.[1] ?? "?") : "";
    const key = ending === "bucket" ? `bucket ${numberOf(labels["le"] ?? "")}` : ending;
    values.set(values.has(key) ? `${key} again` : key, numberOf(value));
    name = ending === "" ? whole : whole.slice(0, -ending.length - 1);
  }
  return [name, values];
}

// OpenMetrics adds a start time to the samples of counters and histograms.
function isCreated(kind: DrawnMetric["kind"], name: string, samples: number): boolean {
  return name.endsWith("_created") && (kind === "histogram" || (kind === "counter" && samples === 2));
}

function isSame(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): boolean {
  // Prometheus does not distinguish -0 from 0.
  return (
    left.size === right.size &&
    [...right].every(([key, value]) => left.get(key) === value || Number.isNaN((left.get(key) ?? 0) + value))
  );
}

function labelProblem(
  labels: Readonly<Record<string, string>>,
  wanted: ReadonlyMap<string, string>,
  { keyOf, legible }: Naming,
): string | undefined {
  const own = Object.entries(labels).filter(([name]) => !isOthers(name));
  if (keyOf !== undefined) {
    const read = new Map(own.map(([name, value]) => [keyOf(name), value]));
    const isRead =
      read.size === wanted.size && [...wanted].every(([key, value]) => read.get(legible(key)) === value);
    return isRead ? undefined : `labels ${textOf(read)} in place of ${textOf(wanted)}`;
  }
  const odd = own.find(([name]) => !/^[a-zA-Z_]\w*$/.test(name));
  if (odd !== undefined) return `label ${JSON.stringify(odd[0])}`;
  const sorted = (values: Iterable<string>): string => JSON.stringify([...values].toSorted());
  const values = own.map(([, value]) => value);
  return sorted(values) === sorted(wanted.values())
    ? undefined
    : `label values ${sorted(values)} in place of ${sorted(wanted.values())}`;
}

function unchanged(text: string): string {
  return text;
}

function isOthers(label: string): boolean {
  return ["__name__", "job", "instance", "le"].includes(label) || /^otel_+scope_+/.test(label);
}

function numberOf(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}

// Reverses escaping scheme `values`, if the name was changed.
function decoded(name: string): string {
  if (!name.startsWith("U__")) return name;
  return name
    .slice(3)
    .replaceAll(/__|_([0-9a-f]+)_/g, (_, hex: string | undefined) =>
      hex === undefined ? "_" : String.fromCodePoint(Number.parseInt(hex, 16)),
    );
}

function textOf(map: ReadonlyMap<string, unknown>): string {
  return JSON.stringify(Object.fromEntries([...map].map(([key, value]) => [key, String(value)])));
}
