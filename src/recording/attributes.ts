import type { Attributes, AttributeValue } from "@opentelemetry/api";

/**
 * The valid attributes in `given`: the same object if all are valid, else a copy. `null` and `undefined` are left out
 * silently; other invalid values are reported to `onDrop` by key. Never throws.
 */
export function cleanAttributes(given: unknown, onDrop: (key: string) => void): Attributes | undefined {
  if (given === undefined || given === null) return undefined;
  if (!isRecord(given)) {
    onDrop("");
    return undefined;
  }
  return isAttributes(given) ? given : cleanCopy(given, onDrop);
}

/** The valid attributes in `given` and `own`, which win; `own` itself if nothing is given. Never throws. */
export function withOwnAttributes(
  own: Attributes,
  given: unknown,
  onDrop: (key: string) => void,
): Attributes {
  const clean = cleanAttributes(given, onDrop);
  if (clean === undefined) return own;
  try {
    return { ...clean, ...own };
  } catch {
    onDrop("");
    return own;
  }
}

function isAttributes(given: Readonly<Record<string, unknown>>): given is Attributes {
  try {
    for (const key in given) if (!isAttributeValue(given[key])) return false;
    return true;
  } catch {
    return false;
  }
}

function cleanCopy(given: Readonly<Record<string, unknown>>, onDrop: (key: string) => void): Attributes {
  const clean: Attributes = {};
  for (const key of keysOf(given, onDrop)) {
    try {
      const value = given[key];
      if (isAttributeValue(value)) clean[key] = value;
      else if (value !== undefined && value !== null) onDrop(key);
    } catch {
      onDrop(key);
    }
  }
  return clean;
}

function keysOf(given: object, onDrop: (key: string) => void): string[] {
  try {
    return Object.keys(given);
  } catch {
    onDrop("");
    return [];
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  try {
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    // `Array.isArray` throws for a revoked proxy.
    return false;
  }
}

function isAttributeValue(value: unknown): value is AttributeValue {
  return isPrimitive(value) || (Array.isArray(value) && value.every(isPrimitiveOrMissing));
}

function isPrimitive(value: unknown): value is string | number | boolean {
  const type = typeof value;
  return type === "string" || type === "number" || type === "boolean";
}

function isPrimitiveOrMissing(value: unknown): boolean {
  return value === undefined || value === null || isPrimitive(value);
}
