// JSON of attributes, scopes and layouts, validated when it is read.
import type { Attributes } from "@opentelemetry/api";
import { isObject } from "../../options/check.ts";
import type { SeriesDescription, SeriesLayout } from "../encoded-collection.ts";

// The nesting limit of SQLite's JSON. Deeper values are not read, because later steps may recurse too deeply.
const MAX_LEVELS = 1_000;

/** Parses attributes. @throws SyntaxError or TypeError if they are invalid, as do the other readers */
export function attributesFromJson(text: unknown): Attributes {
  const attributes: unknown = parsed(text);
  if (isAttributes(attributes)) return attributes;
  throw new TypeError("not attributes");
}

export function scopeFromJson(text: unknown): SeriesDescription["scope"] {
  const scope: unknown = parsed(text);
  if (isScope(scope)) return scope;
  throw new TypeError("not a scope");
}

// Layouts with minimum and maximum have kinds of their own. A running program of version 1 would misinterpret them
// otherwise.
const WITH_EXTREMES = "_with_extremes";

export function layoutToJson(layout: SeriesLayout): string {
  if (layout.kind === "number" || layout.hasMinMax !== true) return JSON.stringify(layout);
  const { hasMinMax: _, ...others } = layout;
  return JSON.stringify({ ...others, kind: layout.kind + WITH_EXTREMES });
}

export function layoutFromJson(text: unknown): SeriesLayout {
  const stored: unknown = parsed(text);
  const layout = isObject(stored) ? withoutSuffix(stored) : stored;
  if (isLayout(layout)) return layout;
  throw new TypeError("not a layout");
}

function withoutSuffix(stored: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { kind, hasMinMax: _, ...others } = stored;
  if (typeof kind !== "string" || !kind.endsWith(WITH_EXTREMES)) return { kind, ...others };
  return { kind: kind.slice(0, -WITH_EXTREMES.length), ...others, hasMinMax: true };
}

function parsed(text: unknown): unknown {
  if (typeof text !== "string") throw new TypeError("not a text");
  return JSON.parse(text);
}

// Values are JSON of any values from the application: also objects and nested lists, and null for NaN.
function isAttributes(value: unknown): value is Attributes {
  return isObject(value) && isNestedAtMost(MAX_LEVELS, value);
}

function isNestedAtMost(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((each) => isNestedAtMost(levels - 1, each));
}

function isScope(value: unknown): value is SeriesDescription["scope"] {
  if (!isObject(value)) return false;
  const { name, version, schemaUrl, attributes } = value;
  return (
    typeof name === "string" &&
    typeof version === "string" &&
    (schemaUrl === undefined || typeof schemaUrl === "string") &&
    (attributes === undefined || isAttributes(attributes))
  );
}

function isLayout(value: unknown): value is SeriesLayout {
  if (!isObject(value)) return false;
  const { kind, bounds } = value;
  if (kind !== "buckets") return kind === "number" || kind === "exponential";
  return (
    Array.isArray(bounds) &&
    bounds.every((bound, i) => typeof bound === "number" && !(bound <= bounds[i - 1]))
  );
}
