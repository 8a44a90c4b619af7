import { type Attributes, type AttributeValue, diag } from "@opentelemetry/api";
import { contentCopy, detachString } from "./series/attribute-content.ts";

/** A copy of what the attributes say now, lists and objects included; those whose reading throws are left out. */
export function copyOfAttributes(attributes: Attributes | undefined): Attributes {
  const copy: Attributes = Object.create(null);
  for (const key of keysOf(attributes)) {
    const value = valueOf(attributes, key);
    if (value !== undefined) copy[key] = value;
  }
  return copy;
}

function keysOf(attributes: Attributes | undefined): readonly string[] {
  try {
    // Callers without types pass anything, and a text has own properties too.
    return typeof attributes === "object" ? Object.keys(attributes) : [];
  } catch {
    return [];
  }
}

function valueOf(attributes: Attributes | undefined, key: string): AttributeValue | undefined {
  try {
    const value = attributes?.[key];
    if (typeof value === "string") return detachString(value);
    return typeof value === "object" && value !== null ? contentCopy(value) : value;
  } catch {
    return undefined;
  }
}

/** A field of what was given; one that cannot be read is dropped and logged. Never throws. */
export function givenField(given: unknown, field: string, subject: string): unknown {
  if (typeof given !== "object" || given === null) return undefined;
  try {
    const value: unknown = Reflect.get(given, field);
    return value;
  } catch {
    diag.warn(`${subject}: its ${field} cannot be read and was dropped; give plain values`);
    return undefined;
  }
}

/** The same for a text; something else is dropped and logged. */
export function givenText(given: unknown, field: string, subject: string): string | undefined {
  const value = givenField(given, field, subject);
  if (value === undefined || value === null || typeof value === "string") return value ?? undefined;
  diag.warn(`${subject}: its ${field} must be a text, got a ${typeof value}, and was dropped`);
  return undefined;
}
