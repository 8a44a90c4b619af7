// From attributes to the labels of Prometheus.
import { escapeLabelValue } from "./snapshot-document.ts";
import type { Scope } from "../engine/scope.ts";
import type { KeyedLabel, Label } from "./family.ts";
import type { LabelNames } from "./escape-name.ts";
import { allSteps, joinedSteps } from "./label-steps.ts";
import { labelValue } from "./label-value.ts";

/** The label that the buckets of a histogram need for themselves. */
export const BUCKET_LABEL = "le";

/**
 * The labels of `attributes`, sorted by name. Where several keys become one name, their values are joined by `;` in the
 * order of the keys. An attribute of the name `reserved`, which the format needs, gets `exported_` before it.
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

export function joinedLabels(labels: readonly KeyedLabel[]): readonly KeyedLabel[] {
  return allSteps(joinedSteps(labels));
}

/** Labels as the text formats write them between braces, if no name needs quotes. */
export function labelTextFrom(labels: readonly Label[]): string {
  let text = "";
  for (const { name, value } of labels) {
    text += `${text === "" ? "" : ","}${name}="${escapeLabelValue(String(value))}"`;
  }
  return text;
}

/** What the names of a scope's labels begin with. */
export const SCOPE_PREFIX = "otel_scope_";

/**
 * `otel_scope_name`, `_version`, `_schema_url` and one label an attribute of the scope. An attribute that would take one
 * of those three names is left out.
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

/** One label of a scope: `otel_scope_name` for part `name`. */
export function scopeLabel(part: string, value: string, names: LabelNames): KeyedLabel {
  const key = SCOPE_PREFIX + part;
  return { key, name: names.nameOf(key), value };
}
