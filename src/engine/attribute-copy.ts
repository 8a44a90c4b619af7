import { type Attributes, type AttributeValue, diag } from "@opentelemetry/api";
import { detachString } from "../io/detach-string.ts";
import { contentCopy } from "./series/attribute-content.ts";

/** Copies attributes, arrays and objects included. Attributes that throw when read are left out. */
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
    // Callers without types may pass anything, and a string has own properties too.
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

/** Reads a field of a caller's object. A field that throws when read is logged and ignored. Never throws. */
export function givenField(given: unknown, field: string, subject: string): unknown {
  if (typeof given !== "object" || given === null) return undefined;
  try {
    const value: unknown = Reflect.get(given, field);
    return value;
  } catch {
    diag.warn(`${subject}: ${field} cannot be read and is ignored; use plain values`);
    return undefined;
  }
}

/** Reads a string field of a caller's object. Any other value is logged and ignored. */
export function givenText(given: unknown, field: string, subject: string): string | undefined {
  const value = givenField(given, field, subject);
  if (value === undefined || value === null || typeof value === "string") return value ?? undefined;
  diag.warn(`${subject}: ${field} must be a string, got a ${typeof value}; it is ignored`);
  return undefined;
}
