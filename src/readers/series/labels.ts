// From attributes to the labels of Prometheus.
import { escapeLabelValue, labelNameFromKey } from "../../facades/snapshot.ts";
import type { Label } from "./family.ts";

/** A label that knows the attribute key it comes from, since keys decide where several become one label. */
export interface KeyedLabel extends Label {
  readonly key: string;
}

/** Makes labels of attributes, and remembers the label name of each key: a scrape meets few keys, many times each. */
export class LabelTranslator {
  readonly #names = new Map<string, string>();
  readonly #reserved: string | undefined;

  /** @param reserved a label name that the format itself needs; an attribute of that name gets `exported_` before it. */
  constructor(reserved?: string) {
    this.#reserved = reserved;
  }

  /**
   * The labels of `attributes` and of `others`, sorted by name. Where several keys become one name, their values are
   * joined by `;` in the order of the keys; of two values of one key the attribute's counts.
   *
   * @see OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility", metric attributes
   */
  labels(
    attributes: Readonly<Record<string, unknown>>,
    others: readonly KeyedLabel[] = [],
  ): readonly Label[] {
    const labels = this.keyed(attributes);
    for (const other of others) labels.push(other);
    if (labels.length > 1) labels.sort(byName);
    for (let i = 1; i < labels.length; i++) {
      if (labels[i]!.name === labels[i - 1]!.name) return joined(labels);
    }
    return labels;
  }

  /** The labels of `attributes` in no particular order. `prefix` goes before each label name. */
  keyed(attributes: Readonly<Record<string, unknown>>, prefix = ""): KeyedLabel[] {
    const labels: KeyedLabel[] = [];
    for (const key of Object.keys(attributes)) {
      const value = attributes[key];
      if (value === undefined || value === null) continue;
      labels.push({ key: prefix + key, name: this.#name(prefix + key), value: labelValue(value) });
    }
    return labels;
  }

  #name(key: string): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const translated = labelNameFromKey(key);
    const name = translated === this.#reserved ? `exported_${translated}` : translated;
    this.#names.set(key, name);
    return name;
  }
}

/** Labels as the text format writes them between braces. */
export function labelTextFrom(labels: readonly Label[]): string {
  let text = "";
  for (const { name, value } of labels) {
    text += `${text === "" ? "" : ","}${name}="${escapeLabelValue(String(value))}"`;
  }
  return text;
}

function joined(sorted: readonly KeyedLabel[]): readonly Label[] {
  const groups = new Map<string, Map<string, Label["value"]>>();
  for (const { name, key, value } of sorted) {
    const group = groups.get(name);
    if (group === undefined) groups.set(name, new Map([[key, value]]));
    else if (!group.has(key)) group.set(key, value);
  }
  return [...groups].map(([name, values]) => ({ name, value: joinedValue(values) }));
}

function joinedValue(values: ReadonlyMap<string, Label["value"]>): Label["value"] {
  const inKeyOrder = [...values.keys()].toSorted().map((key) => values.get(key)!);
  return inKeyOrder.length === 1 ? inKeyOrder[0]! : inKeyOrder.join(";");
}

function byName(left: Label, right: Label): number {
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}

// Attributes come from any library: a value may be of a type that the API does not allow.
function labelValue(value: unknown): Label["value"] {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  try {
    return JSON.stringify(value, (_, part: unknown) => (isNoJsonNumber(part) ? String(part) : part)) ?? "";
  } catch {
    return "";
  }
}

function isNoJsonNumber(part: unknown): boolean {
  return typeof part === "number" && !Number.isFinite(part);
}
