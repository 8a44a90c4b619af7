import type { Attributes, AttributeValue } from "@opentelemetry/api";
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
