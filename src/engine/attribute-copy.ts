import type { Attributes, AttributeValue } from "@opentelemetry/api";

/** A copy of what the attributes say now, lists included; those whose reading throws are left out. */
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
    return Object.keys(attributes ?? {});
  } catch {
    return [];
  }
}

function valueOf(attributes: Attributes | undefined, key: string): AttributeValue | undefined {
  try {
    const value = attributes?.[key];
    return Array.isArray(value) ? structuredClone(value) : value;
  } catch {
    return undefined;
  }
}
