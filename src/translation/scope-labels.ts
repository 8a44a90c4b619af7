// The labels that tell which instrumentation scope a series comes from.
import type { Scope } from "../engine/scope.ts";
import type { KeyedLabel } from "./family.ts";
import type { LabelNames } from "./label-names.ts";
import { keyedLabels } from "./labels.ts";

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
