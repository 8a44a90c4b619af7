// A metric as an engine has it: under which names, of what type.
import { metricNameFromName } from "../../translation/snapshot-document.ts";
import type { MetricType } from "../question.ts";
import { wordsFromUnit } from "../../translation/unit-words.ts";

/** A metric of an engine. */
export interface RemoteMetric {
  /** What its series are called; of a classic histogram, what stands before `_bucket`, `_sum` and `_count`. */
  readonly name: string;
  /** Whether it is one of Prometheus' native histograms, whose series are histograms themselves. */
  readonly isNative: boolean;
  readonly type: MetricType;
  /** Whether the engine said so, or the name alone. */
  readonly isTypeKnown: boolean;
  readonly unit: string;
}

/** What an engine says of a metric's type and unit, by the metric's name. */
export type Metadata = Readonly<
  Record<string, readonly { readonly type: string; readonly unit?: string }[] | undefined>
>;

/** The metrics of which these are the names of series, in the order of their names. */
export function metricsOfNames(names: readonly string[], metadata: Metadata): RemoteMetric[] {
  const all = new Set(names);
  const metrics = new Map<string, RemoteMetric>();
  for (const name of names) {
    const histogram = /^(.+)_(?:bucket|sum|count)$/.exec(name)?.[1];
    const isHistogram = histogram !== undefined && all.has(`${histogram}_bucket`);
    const family = isHistogram ? histogram : name;
    metrics.set(family, isHistogram ? histogramOf(family, metadata) : metricOf(name, metadata));
  }
  return [...metrics.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/**
 * The metric that is meant: by its name in the engine, or by its OpenTelemetry name, to which an engine may have added a
 * unit and `_total`. The shortest where several could be meant.
 */
export function meantMetric(name: string, metrics: readonly RemoteMetric[]): RemoteMetric | undefined {
  const escaped = metricNameFromName(name);
  const meant = metrics.filter((metric) =>
    [name, escaped].some(
      (base) => metric.name === base || isSuffix(metric.name.slice(base.length), metric.name, base),
    ),
  );
  return meant.toSorted((one, other) => one.name.length - other.name.length)[0];
}

/** A regular expression for the names of all series that a name may mean. */
export function namesPattern(name: string, literal: (text: string) => string): string {
  const bases = [...new Set([name, metricNameFromName(name)])];
  return bases.map((base) => `${literal(base)}(_.+)?`).join("|");
}

/** The name of the series that tell of a metric's others: which there are, and since when. */
export function seriesName({ name, type, isNative }: RemoteMetric): string {
  return type === "histogram" && !isNative ? `${name}_count` : name;
}

function histogramOf(name: string, metadata: Metadata): RemoteMetric {
  return { name, type: "histogram", isNative: false, isTypeKnown: true, unit: unitOf(name, metadata) };
}

function metricOf(name: string, metadata: Metadata): RemoteMetric {
  const said = [name, name.replace(/_total$/, "")].flatMap((key) => metadata[key] ?? []);
  const type = said.find((each) => each.type !== "unknown")?.type;
  const unit = unitOf(name, metadata);
  // Without series of buckets it has them in itself.
  if (type === "histogram") return { name, type, isNative: true, isTypeKnown: true, unit };
  return {
    name,
    isNative: false,
    type: type === "counter" || (type === undefined && name.endsWith("_total")) ? "counter" : "gauge",
    isTypeKnown: type === "counter" || type === "gauge",
    unit,
  };
}

function unitOf(name: string, metadata: Metadata): string {
  const family = name.replace(/_total$/, "");
  const said = [name, family]
    .flatMap((key) => metadata[key] ?? [])
    .find(({ unit = "" }) => unit !== "")?.unit;
  if (said !== undefined) return unitFromWords(said) ?? said;
  for (let i = family.indexOf("_"); i !== -1; i = family.indexOf("_", i + 1)) {
    const unit = unitFromWords(family.slice(i + 1));
    if (unit !== undefined) return unit;
  }
  return "";
}

// What comes behind an OpenTelemetry name: a unit, `_total`, or both.
function isSuffix(rest: string, name: string, base: string): boolean {
  if (!name.startsWith(`${base}_`)) return false;
  const unit = rest.replace(/_total$/, "").slice(1);
  return unit === "" || unitFromWords(unit) !== undefined;
}

const AMOUNTS = [
  "d",
  "h",
  "min",
  "s",
  "ms",
  "us",
  "ns",
  "By",
  "KiBy",
  "MiBy",
  "GiBy",
  "TiBy",
  "kBy",
  "MBy",
  "GBy",
  "TBy",
];
const OTHERS = ["m", "V", "A", "J", "W", "g", "Cel", "Hz", "%"];
const PERS = ["s", "min", "h", "d", "w", "mo", "y"];

const UNITS: ReadonlyMap<string, string> = new Map([
  ["ratio", "1"],
  ...[...AMOUNTS, ...OTHERS].map((unit) => [wordsFromUnit(unit).amount, unit] as const),
]);
const PER_UNITS: ReadonlyMap<string, string> = new Map(
  PERS.map((unit) => [wordsFromUnit(`1/${unit}`).per, unit]),
);

/** The UCUM unit of words: `s` of `seconds`, `By/s` of `bytes_per_second`; undefined where they are none. */
function unitFromWords(words: string): string | undefined {
  const [, amount = "", per] = /^(.*?)_?(per_[a-z]+)?$/.exec(words) ?? [];
  const above = amount === "" ? "1" : UNITS.get(amount);
  if (per === undefined) return amount === "" ? undefined : above;
  const below = PER_UNITS.get(per);
  return above === undefined || below === undefined ? undefined : `${above}/${below}`;
}
