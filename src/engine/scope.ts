/** Instrumentation scopes, and the key by which two of them are equal. */
import type { Attributes, MeterOptions } from "@opentelemetry/api";
import type { InstrumentationScope } from "@opentelemetry/core";
import { copyOfAttributes, givenField, givenText } from "./attribute-copy.ts";

/** Options of `getMeter`. */
export interface ScopeOptions extends MeterOptions {
  /** Attributes of the scope. Scopes with different attributes have different meters. */
  attributes?: Attributes;
}

export interface Scope extends InstrumentationScope {
  readonly version: string;
  readonly attributes?: Attributes;
}

/** Scope of a meter. Attributes are copied; those with invalid values are left out. */
export function scopeFrom(name: unknown, version: unknown, options: unknown): Scope {
  const text = typeof name === "string" ? name : "";
  const subject = `meter "${text}"`;
  const scope: Scope = { name: text, version: givenText({ version }, "version", subject) ?? "" };
  // Upstream's scopes have this key even without a schema URL. The type cannot express that.
  Reflect.set(scope, "schemaUrl", givenText(options, "schemaUrl", subject));
  const given = Object.entries(copyOfAttributes(attributesIn(options, subject)));
  const kept = given.filter(([, value]) => isAttributeValue(value));
  return kept.length === 0 ? scope : { ...scope, attributes: Object.fromEntries(kept) };
}

/** Key that two scopes share exactly if `getMeter` returns the same meter for both. */
export function scopeKey({ name, version, schemaUrl, attributes = {} }: Scope): string {
  return JSON.stringify([name, version, schemaUrl ?? null, sortedPairs(attributes)]);
}

// The values are not checked here: the copy leaves out attributes that cannot be read.
function attributesIn(options: unknown, subject: string): Attributes | undefined {
  const given = givenField(options, "attributes", subject);
  return isAttributes(given) ? given : undefined;
}

function isAttributes(given: unknown): given is Attributes {
  return typeof given === "object" && given !== null;
}

function isAttributeValue(value: unknown): boolean {
  return ["string", "number", "boolean", "object"].includes(typeof value);
}

// Converts a value so that different values differ in JSON, which writes NaN as null.
function typed(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : ["number", String(value)];
  if (typeof value !== "object" || value === null) return value ?? null;
  if (value instanceof Uint8Array) return ["bytes", Buffer.from(value).toString("base64")];
  return Array.isArray(value) ? ["list", value.map(typed)] : ["map", sortedPairs(value)];
}

function sortedPairs(map: object): [key: string, value: unknown][] {
  const pairs = Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return pairs.map(([key, value]) => [key, typed(value)]);
}
