// Anything as JSON.
import { inspect } from "node:util";

/**
 * Anything as JSON. What JSON does not have is written as text: big integers, symbols, NaN and infinities; what cannot be
 * written at all, such as a circle or a function, as Node.js shows it. Never throws.
 */
export function jsonText(value: unknown): string {
  try {
    if (isJson(value, MAX_DEPTH)) return JSON.stringify(value);
    return JSON.stringify(value, foreignAsText) ?? JSON.stringify(shownText(value));
  } catch {
    return JSON.stringify(shownText(value));
  }
}

// Deeper, it is taken for a circle, or what is as costly to look through.
const MAX_DEPTH = 8;

// Whether nothing in it needs to be written as text. With a function that looks at each value, writing takes twice as long.
function isJson(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value);
    case "object":
      return value === null || (depth > 0 && isJsonObject(value, depth - 1));
    default:
      return false;
  }
}

function isJsonObject(value: object, depth: number): boolean {
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  return isPlain && Object.values(value).every((each) => isJson(each, depth));
}

/** For `JSON.stringify`: writes what JSON does not have as text. */
export function foreignAsText(_key: string, value: unknown): unknown {
  const isForeign =
    typeof value === "bigint" ||
    typeof value === "symbol" ||
    (typeof value === "number" && !Number.isFinite(value));
  return isForeign ? String(value) : value;
}

/** Anything as Node.js shows it; never throws. */
export function shownText(value: unknown): string {
  try {
    return inspect(value, { depth: 4, maxArrayLength: 100, maxStringLength: 10_000 });
  } catch {
    return "unreadable";
  }
}
