import { inspect } from "node:util";
import type { TelemetryEvent } from "./event.ts";

/**
 * Converts any value to JSON. Values that JSON lacks become strings; circular objects and functions are formatted by
 * Node.js. Never throws.
 */
export function jsonText(value: unknown): string {
  try {
    if (isJson(value, MAX_DEPTH)) return JSON.stringify(value);
    return JSON.stringify(value, foreignAsText) ?? JSON.stringify(shownText(value));
  } catch {
    return JSON.stringify(shownText(value));
  }
}

// Deeper values are treated as circular.
const MAX_DEPTH = 8;

// Whether it needs no replacer, with which `JSON.stringify` takes twice as long.
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

/** Replacer for `JSON.stringify`: converts values that JSON lacks to strings. */
export function foreignAsText(_key: string, value: unknown): unknown {
  const isForeign =
    typeof value === "bigint" ||
    typeof value === "symbol" ||
    (typeof value === "number" && !Number.isFinite(value));
  return isForeign ? String(value) : value;
}

/** Formats any value by Node.js. Never throws. */
export function shownText(value: unknown): string {
  try {
    return inspect(value, { depth: 4, maxArrayLength: 100, maxStringLength: 10_000 });
  } catch {
    return "unreadable";
  }
}

/**
 * Formats the event as a line of JSON, without its end. Data and metadata that JSON cannot represent are formatted by Node.js. Never
 * throws.
 */
export function lineOf(event: TelemetryEvent): string {
  const { data, metadata } = event;
  try {
    // JSON has no functions, but each line has all keys.
    const complete = typeof data === "function" ? { ...event, data: shownText(data) } : event;
    return JSON.stringify(complete, foreignAsText);
  } catch {
    const text = { data: shownText(data), metadata: { text: shownText(metadata) } };
    return JSON.stringify({ ...event, ...text });
  }
}
