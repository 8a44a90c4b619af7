import type { Attributes, AttributeValue } from "@opentelemetry/api";
import { cleanCopy, isLabelValue } from "../events/labels.ts";
import { isObject } from "../options/check.ts";

/**
 * Returns the valid attributes in `given`: the same object if all are valid, otherwise a copy. `null` and `undefined`
 * are left out silently. Other invalid values are left out and reported to `onDrop` by key. Never throws.
 */
export function cleanAttributes(given: unknown, onDrop: (key: string) => void): Attributes | undefined {
  if (given === undefined || given === null) return undefined;
  return isAttributes(given) ? given : cleanCopy(given, isAttributeValue, onDrop);
}

/**
 * Merges the valid attributes in `given` with `own`, which win. Returns `own` itself if nothing is given. Never
 * throws.
 */
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

function isAttributes(given: unknown): given is Attributes {
  try {
    if (!isObject(given)) return false;
    for (const key in given) if (!isAttributeValue(given[key])) return false;
    return true;
  } catch {
    return false;
  }
}

function isAttributeValue(value: unknown): value is AttributeValue {
  return isLabelValue(value) || (Array.isArray(value) && value.every(isPrimitiveOrMissing));
}

function isPrimitiveOrMissing(value: unknown): boolean {
  return value === undefined || value === null || isLabelValue(value);
}
