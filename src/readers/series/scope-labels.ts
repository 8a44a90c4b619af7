// The labels that tell which instrumentation scope a series comes from.
import type { ScopeMetrics } from "../../engine/index.ts";
import type { KeyedLabel, LabelTranslator } from "./labels.ts";

/** Who made an instrument: name, version and schema URL, and attributes under engines that have them. */
export type Scope = ScopeMetrics["scope"];

/**
 * `otel_scope_name`, `_version`, `_schema_url` and one label an attribute of the scope. An attribute that would take one
 * of those three names is left out.
 *
 * @see OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility", instrumentation scope
 */
export function scopeLabels(scope: Scope, translator: LabelTranslator): readonly KeyedLabel[] {
  const labels = [scopeLabel("name", scope.name)];
  if (scope.version) labels.push(scopeLabel("version", scope.version));
  if (scope.schemaUrl) labels.push(scopeLabel("schema_url", scope.schemaUrl));
  const taken = new Set(["otel_scope_name", "otel_scope_version", "otel_scope_schema_url"]);
  const attributes = translator.keyed(scopeAttributes(scope), "otel_scope_");
  return [...labels, ...attributes.filter(({ name }) => !taken.has(name))];
}

/** One label of a scope: `otel_scope_name` for part `name`. */
export function scopeLabel(part: string, value: string): KeyedLabel {
  const name = `otel_scope_${part}`;
  return { key: name, name, value };
}

// Upstream's scopes have no attributes yet; other engines' do.
function scopeAttributes(scope: object): Readonly<Record<string, unknown>> {
  const attributes: unknown = "attributes" in scope ? scope.attributes : undefined;
  return typeof attributes === "object" && attributes !== null ? { ...attributes } : {};
}
