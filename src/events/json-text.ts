// Anything as JSON.
import { inspect } from "node:util";

/**
 * Anything as JSON. What JSON does not have is written as text: big integers, symbols, NaN and infinities; what cannot be
 * written at all, such as a circle or a function, as Node.js shows it. Never throws.
 */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value, foreignAsText) ?? JSON.stringify(shownText(value));
  } catch {
    return JSON.stringify(shownText(value));
  }
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
