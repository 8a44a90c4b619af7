/** The instrumentation scope that a meter records for, and what makes two of them one. */
import type { Attributes, AttributeValue, MeterOptions } from "@opentelemetry/api";
import type { InstrumentationScope } from "@opentelemetry/core";
import { copyOfAttributes } from "./attribute-copy.ts";

/** What `getMeter` takes beyond the scope's name and version. */
export interface ScopeOptions extends MeterOptions {
  /** Attributes of the scope: meters whose attributes differ are different meters. */
  attributes?: Attributes;
}

/** A scope as `getMeter` was given it. */
export interface Scope extends InstrumentationScope {
  readonly version: string;
  /** The scope's own attributes; absent where none were given. */
  readonly attributes?: Attributes;
}

/** The scope of a meter. Attributes whose values are none are left out, the others copied. */
export function scopeFrom(name: string, version: string, options: ScopeOptions): Scope {
  const scope: Scope = { name: typeof name === "string" ? name : "", version };
  // Upstream's scopes have this key even where there is no schema URL, which the type does not allow to say.
  Reflect.set(scope, "schemaUrl", options.schemaUrl);
  const given = Object.entries(copyOfAttributes(options.attributes));
  const kept = given.filter(([, value]) => isAttributeValue(value));
  return kept.length === 0 ? scope : { ...scope, attributes: Object.fromEntries(kept) };
}

/** A text that two scopes share exactly if `getMeter` answers both with the same meter. */
export function scopeKey({ name, version, schemaUrl, attributes = {} }: Scope): string {
  const sorted = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([name, version, schemaUrl ?? null, sorted]);
}

function isAttributeValue(value: unknown): value is AttributeValue {
  if (Array.isArray(value)) return value.every((item) => item == null || isPrimitive(item));
  return isPrimitive(value);
}

function isPrimitive(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
