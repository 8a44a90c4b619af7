// From attributes to the labels of Prometheus.
import { escapeLabelValue } from "./snapshot-document.ts";
import type { KeyedLabel, Label } from "./family.ts";
import type { LabelNames } from "./label-names.ts";
import { allSteps, joinedSteps } from "./label-steps.ts";
import { labelValue } from "./label-value.ts";

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
    if (value === undefined) continue;
    labels.push({ key: prefix + key, name: names.nameOf(prefix + key), value: labelValue(value) });
  }
  return labels;
}

/** The labels sorted by name, with those of one name joined to one. */
export function joinedLabels(labels: readonly KeyedLabel[]): readonly KeyedLabel[] {
  return allSteps(joinedSteps(labels));
}

/** Labels as the text formats write them between braces, where no name needs quotes. */
export function labelTextFrom(labels: readonly Label[]): string {
  let text = "";
  for (const { name, value } of labels) {
    text += `${text === "" ? "" : ","}${name}="${escapeLabelValue(String(value))}"`;
  }
  return text;
}
