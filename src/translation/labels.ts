// Attributes as Prometheus labels.
import { escapeLabelValue } from "./snapshot-document.ts";
import type { Scope } from "../engine/scope.ts";
import type { KeyedLabel, Label } from "./family.ts";
import type { LabelNames } from "./escape-name.ts";
import { allSteps } from "../io/yield.ts";
import { joinedSteps } from "./label-steps.ts";
import { labelValue } from "./label-value.ts";

/** Reserved label of histogram buckets. */
export const BUCKET_LABEL = "le";

/**
 * The labels of `attributes`, sorted by name. If several keys map to the same name, their values are joined with `;` in
 * the order of the keys. An attribute named `reserved` gets the prefix `exported_`.
 *
 * @see OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility", metric attributes
 */
export function labelsFrom(
  attributes: Readonly<Record<string, unknown>>,
  names: LabelNames,
  reserved?: string,
): readonly Label[] {
  return joinedLabels(withoutName(reserved, keyedLabels(attributes, names)));
}

/** The labels, with the prefix `exported_` for one of the `reserved` name. */
export function withoutName(
  reserved: string | undefined,
  labels: readonly KeyedLabel[],
): readonly KeyedLabel[] {
  return labels.map((label) =>
    label.name === reserved ? { ...label, name: `exported_${label.name}` } : label,
  );
}

/** The labels of `attributes` in no particular order. `prefix` is prepended to each key. */
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

export function joinedLabels(labels: readonly KeyedLabel[]): readonly KeyedLabel[] {
  return allSteps(joinedSteps(labels));
}

/** The text between the braces of a sample, if no name needs quotes. */
export function labelTextFrom(labels: readonly Label[]): string {
  let text = "";
  for (const { name, value } of labels) {
    text += `${text === "" ? "" : ","}${name}="${escapeLabelValue(String(value))}"`;
  }
  return text;
}

/** Prefix of the names of scope labels. */
export const SCOPE_PREFIX = "otel_scope_";

/**
 * `otel_scope_name`, `_version`, `_schema_url` and one label for each attribute of the scope. An attribute that would
 * replace one of those three is left out.
 *
 * @see OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility", instrumentation scope
 */
export function scopeLabels(scope: Scope, names: LabelNames): readonly KeyedLabel[] {
  const labels = [scopeLabel("name", scope.name, names)];
  if (scope.version) labels.push(scopeLabel("version", scope.version, names));
  if (scope.schemaUrl) labels.push(scopeLabel("schema_url", scope.schemaUrl, names));
  const taken = new Set(["name", "version", "schema_url"].map((part) => names.nameOf(SCOPE_PREFIX + part)));
  const attributes = keyedLabels({ ...scope.attributes }, names, SCOPE_PREFIX);
  return [...labels, ...attributes.filter(({ name }) => !taken.has(name))];
}

/** One scope label: `otel_scope_name` for part `name`. */
export function scopeLabel(part: string, value: string, names: LabelNames): KeyedLabel {
  const key = SCOPE_PREFIX + part;
  return { key, name: names.nameOf(key), value };
}
