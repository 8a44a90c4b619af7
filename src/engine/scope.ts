/** The instrumentation scope that a meter records for, and what makes two of them one. */
import type { Attributes, AttributeValue, MeterOptions } from "@opentelemetry/api";
import type { InstrumentationScope } from "@opentelemetry/core";
import { copyOfAttributes } from "./attribute-copy.ts";
import { givenField, givenText } from "./given-field.ts";

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
export function scopeFrom(name: unknown, version: unknown, options: unknown): Scope {
  const text = typeof name === "string" ? name : "";
  const subject = `meter "${text}"`;
  const scope: Scope = { name: text, version: givenText({ version }, "version", subject) ?? "" };
  // Upstream's scopes have this key even where there is no schema URL, which the type does not allow to say.
  Reflect.set(scope, "schemaUrl", givenText(options, "schemaUrl", subject));
  const given = Object.entries(copyOfAttributes(attributesIn(options, subject)));
  const kept = given.filter(([, value]) => isAttributeValue(value));
  return kept.length === 0 ? scope : { ...scope, attributes: Object.fromEntries(kept) };
}

/** A text that two scopes share exactly if `getMeter` answers both with the same meter. */
export function scopeKey({ name, version, schemaUrl, attributes = {} }: Scope): string {
  const sorted = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([name, version, schemaUrl ?? null, sorted]);
}

// Whatever its values are: the copy leaves out what cannot be read.
function attributesIn(options: unknown, subject: string): Attributes | undefined {
  const given = givenField(options, "attributes", subject);
  return isAttributes(given) ? given : undefined;
}

function isAttributes(given: unknown): given is Attributes {
  return typeof given === "object" && given !== null;
}

function isAttributeValue(value: unknown): value is AttributeValue {
  if (Array.isArray(value)) return value.every((item) => item == null || isPrimitive(item));
  return isPrimitive(value);
}

function isPrimitive(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
