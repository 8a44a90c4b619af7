// The instruments for which dashboards are made.
import type { History, RemoteHistory } from "../../history/index.ts";
import type { format as Format } from "../../query/index.ts";
import type { Panel } from "../../page/panels/index.ts";
import { evaluated } from "../query/expression.ts";
import { selectedNames, type Syntax } from "./expressions.ts";
import { selectorText } from "../query/result-text.ts";

/** An instrument, as the metric that Prometheus stores. */
export interface Instrument {
  /** Name of the metric. A counter may lack its `_total`; see {@link seriesNames}. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** A histogram without series for its buckets. */
  readonly isNative: boolean;
  /** In UCUM, or in Prometheus' words; empty if unknown. */
  readonly unit: string;
  readonly description: string;
  /** Labels of the attributes, with the number of their values. */
  readonly labels: ReadonlyMap<string, number>;
}

/** Metadata of a metric, as in Prometheus' HTTP API. */
export interface DescribedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** The instrument of a metric, without labels; `undefined` for other types, such as the one of `target_info`. */
export function instrumentFrom({ name, type, help, unit }: DescribedMetric): Instrument | undefined {
  if (name === "target_info") return undefined;
  const of = { name, isNative: false, unit, description: help, labels: new Map<string, number>() };
  switch (type) {
    case "counter":
      return { ...of, type };
    case "histogram":
      return { ...of, type };
    case "gauge":
    case "unknown":
    case "untyped":
      return { ...of, type: "gauge" };
    default:
      return undefined;
  }
}

// Instruments that recorded nothing for a longer time have no labels.
const RECENT = "1h";

/** The instruments of a history, with the labels of their latest series. */
export async function instrumentsOf(history: History | RemoteHistory): Promise<readonly Instrument[]> {
  const { format } = await import("../../query/index.ts");
  const { sampleSourceOf } = await import("../../history/parts.ts");
  const { newest = Date.now() / 1_000 } = "queryRange" in history ? {} : await history.usage();
  const instruments: Instrument[] = [];
  for (const metric of await sampleSourceOf(history).catalogue().metadata()) {
    const instrument = instrumentFrom(metric);
    if (instrument === undefined) continue;
    const labelsOf = (suffix: string): Promise<LabelSets> =>
      latestLabels(history, instrument, suffix, newest, format);
    const isHistogram = instrument.type === "histogram";
    const sets = await labelsOf(isHistogram ? "_bucket" : "");
    const isNative = isHistogram && sets.length === 0 && (await labelsOf("")).length > 0;
    instruments.push({
      ...instrument,
      isNative,
      labels: countedLabels(isNative ? await labelsOf("") : sets),
    });
  }
  return instruments;
}

type LabelSets = readonly Readonly<Record<string, string>>[];

async function latestLabels(
  history: History | RemoteHistory,
  { name }: Instrument,
  suffix: string,
  time: number,
  format: typeof Format,
): Promise<LabelSets> {
  const text = `last_over_time(${selectorText({ __name__: `${name}${suffix}` }, format)}[${RECENT}])`;
  const result = await evaluated(history, { kind: "instant", format: "json", text, time });
  return result.kind === "vector" ? result.series.map(({ labels }) => labels) : [];
}

// Labels of processes and scopes, not attributes.
const OF_TARGET = /^(?:__name__|job|instance|service_instance_id|otel_scope_.*)$/;

function countedLabels(sets: LabelSets): ReadonlyMap<string, number> {
  const values = new Map<string, Set<string>>();
  for (const labels of sets) {
    for (const [label, value] of Object.entries(labels)) {
      if (OF_TARGET.test(label)) continue;
      const known = values.get(label) ?? new Set();
      values.set(label, known.add(value));
    }
  }
  return new Map([...values].map(([label, { size }]) => [label, size]));
}

/**
 * Possible names of an instrument's series. In the metadata of Prometheus, a counter scraped as OpenMetrics lacks its
 * `_total`; one scraped as classic text has the name of its series.
 */
export function seriesNames({ name, type, isNative }: Instrument): readonly string[] {
  switch (type) {
    case "counter":
      return name.endsWith("_total") ? [name] : [name, `${name}_total`];
    case "gauge":
      return [name];
    case "histogram":
      return isNative ? [name] : ["_bucket", "_count", "_sum"].map((suffix) => `${name}${suffix}`);
    default:
      return type satisfies never;
  }
}

/** Whether one of the panels shows an instrument. */
export function isShown(instrument: Instrument, panels: readonly Panel[], syntax: Syntax): boolean {
  const names = seriesNames(instrument);
  const expressions = panels.flatMap(({ queries }) => queries.map(({ expression }) => expression));
  return expressions.some((expression) => {
    // Parsing takes longer than a search.
    if (!names.some((name) => expression.includes(name))) return false;
    const selected = selectedNames(expression, syntax);
    return names.some((name) => selected.has(name));
  });
}
