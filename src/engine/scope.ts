/** The instrumentation scope that a meter records for, and what makes two of them one. */
import type { Attributes, MeterOptions } from "@opentelemetry/api";
import type { InstrumentationScope } from "@opentelemetry/core";
import { copyOfAttributes, givenField, givenText } from "./attribute-copy.ts";

/** What `getMeter` takes beyond the scope's name and version. */
export interface ScopeOptions extends MeterOptions {
  /** Attributes of the scope: meters whose attributes differ are different meters. */
  attributes?: Attributes;
}

export interface Scope extends InstrumentationScope {
  readonly version: string;
  readonly attributes?: Attributes;
}

/** The scope of a meter. Attributes whose values are not values of attributes are left out, the others copied. */
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
  return JSON.stringify([name, version, schemaUrl ?? null, sortedPairs(attributes)]);
}

// Whatever its values are: the copy leaves out what cannot be read.
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

// What differs in JSON exactly where the values differ: JSON alone takes NaN for null.
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
