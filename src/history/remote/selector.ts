// Which series: from attributes to labels, and PromQL's words for it.
import type { Attributes } from "@opentelemetry/api";
import { labelNameFromKey } from "../../translation/snapshot-document.ts";
import { isLegacyLabelName, isLegacyMetricName, wellFormed } from "../../translation/escape-name.ts";
import type { Where } from "../question.ts";
import type { RemoteLabels } from "./answers.ts";

/** Which labels the attributes of a question are in the engine. */
export type LabelOf = (key: string) => string;

/** From keys to labels, where those of the engine are known: as they are, else as Prometheus translates them. */
export function labelsByKey(known: ReadonlySet<string>): LabelOf {
  return (key) => (isLegacyLabelName(key) || known.has(key) ? key : labelNameFromKey(key));
}

/** PromQL for the series of one metric: `messages_sent_total{messaging_system="nats"}`. */
export function selectorOf(name: string, where: Where, labelOf: LabelOf): string {
  const matchers = Object.entries(where).map(([key, wanted]) => {
    const label = isLegacyLabelName(labelOf(key)) ? labelOf(key) : quoted(labelOf(key));
    if (typeof wanted === "string") return `${label}=${quoted(wanted)}`;
    if ("not" in wanted) return `${label}!=${quoted(wanted.not)}`;
    // Of no values at all there is none that a series could have.
    return `${label}=~${quoted(wanted.length === 0 ? String.raw`[^\s\S]` : wanted.map(literal).join("|"))}`;
  });
  if (isLegacyMetricName(name)) return matchers.length === 0 ? name : `${name}{${matchers.join(",")}}`;
  return `{${[`__name__=${quoted(name)}`, ...matchers].join(",")}}`;
}

/** The labels of a `by`: VictoriaMetrics escapes what Prometheus quotes. */
export function groupingOf(labels: readonly string[], isVictoriaMetrics: boolean): string {
  const names = labels.map((label) => {
    if (isLegacyLabelName(label)) return label;
    return isVictoriaMetrics ? label.replaceAll(/\W/g, String.raw`\$&`) : quoted(label);
  });
  return `by (${names.join(", ")})`;
}

/** A text in PromQL. */
export function quoted(text: string): string {
  return JSON.stringify(wellFormed(text));
}

/** A text that a regular expression takes as it is. */
export function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/** The attributes of a series: its labels, by the keys that were asked for. */
export function attributesFrom(labels: RemoteLabels, keys: readonly string[], labelOf: LabelOf): Attributes {
  const keyOf = new Map(keys.map((key) => [labelOf(key), key]));
  const attributes: Attributes = {};
  for (const [label, value] of Object.entries(labels)) {
    if (!MADE_OF_BUCKETS.has(label)) attributes[keyOf.get(label) ?? label] = value;
  }
  return attributes;
}

const MADE_OF_BUCKETS: ReadonlySet<string> = new Set(["__name__", "le", "vmrange"]);
