// From attributes to the labels of Prometheus.
import { escapeLabelValue } from "../../facades/snapshot.ts";
import type { KeyedLabel, Label } from "./family.ts";
import type { LabelNames } from "./label-names.ts";

/** The label that the buckets of a histogram need for themselves. */
export const BUCKET_LABEL = "le";

/**
 * The labels of `attributes` and of `others`, sorted by name. Where several keys become one name, their values are
 * joined by `;` in the order of the keys; of two values of one key the attribute's counts.
 *
 * @param reserved a label name that the format itself needs; an attribute of that name gets `exported_` before it.
 * @see OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility", metric attributes
 */
export function labelsFrom(
  attributes: Readonly<Record<string, unknown>>,
  names: LabelNames,
  others: readonly KeyedLabel[] = [],
  reserved?: string,
): readonly Label[] {
  return joinedLabels([...withoutName(reserved, keyedLabels(attributes, names)), ...others]);
}

/** The labels, one of the `reserved` name with `exported_` before it. */
export function withoutName(
  reserved: string | undefined,
  labels: readonly KeyedLabel[],
): readonly KeyedLabel[] {
  return labels.map((label) =>
    label.name === reserved ? { ...label, name: `exported_${label.name}` } : label,
  );
}

/** The labels of `attributes` in no particular order. `prefix` goes before each key. */
export function keyedLabels(
  attributes: Readonly<Record<string, unknown>>,
  names: LabelNames,
  prefix = "",
): KeyedLabel[] {
  const labels: KeyedLabel[] = [];
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (value === undefined || value === null) continue;
    labels.push({ key: prefix + key, name: names.nameOf(prefix + key), value: labelValue(value) });
  }
  return labels;
}

/** The labels sorted by name, with those of one name joined to one. */
export function joinedLabels(labels: readonly KeyedLabel[]): readonly KeyedLabel[] {
  const sorted = labels.toSorted(byName);
  const isDouble = (label: Label, i: number): boolean => label.name === sorted[i - 1]?.name;
  return sorted.some(isDouble) ? joined(sorted) : sorted;
}

/** Labels as the text formats write them between braces, where no name needs quotes. */
export function labelTextFrom(labels: readonly Label[]): string {
  let text = "";
  for (const { name, value } of labels) {
    text += `${text === "" ? "" : ","}${name}="${escapeLabelValue(String(value))}"`;
  }
  return text;
}

/**
 * An attribute's value as a label's. Attributes come from any library: it may be of a type that the API does not allow.
 *
 * @see OpenTelemetry specification, "Common concepts", AnyValue representation for non-OTLP protocols
 */
export function labelValue(value: unknown): Label["value"] {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  try {
    return JSON.stringify(value, (_, part: unknown) => jsonPart(part)) ?? "";
  } catch {
    return "";
  }
}

function joined(sorted: readonly KeyedLabel[]): readonly KeyedLabel[] {
  const groups = new Map<string, Map<string, Label["value"]>>();
  for (const { name, key, value } of sorted) {
    const group = groups.get(name);
    if (group === undefined) groups.set(name, new Map([[key, value]]));
    else if (!group.has(key)) group.set(key, value);
  }
  return [...groups].map(([name, values]) => ({
    key: [...values.keys()].join(";"),
    name,
    value: joinedValue(values),
  }));
}

function joinedValue(values: ReadonlyMap<string, Label["value"]>): Label["value"] {
  const inKeyOrder = [...values.keys()].toSorted().map((key) => values.get(key)!);
  return inKeyOrder.length === 1 ? inKeyOrder[0]! : inKeyOrder.join(";");
}

function byName(left: Label, right: Label): number {
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}

function jsonPart(part: unknown): unknown {
  if (typeof part === "number" && !Number.isFinite(part)) return String(part);
  return part instanceof Uint8Array ? Buffer.from(part).toString("base64") : part;
}
