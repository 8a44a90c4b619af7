// Attributes, scopes and layouts as they are stored: JSON, which is checked when it is read.
import type { Attributes } from "@opentelemetry/api";
import { isObject } from "../../options/check.ts";
import type { SeriesDescription, SeriesLayout } from "../encoded-collection.ts";

// Deeper than SQLite nests JSON, nothing is read: what is made of it may go too deep.
const MAX_LEVELS = 1_000;

/** @throws SyntaxError or TypeError if it holds none. The other readers too. */
export function attributesFromJson(text: unknown): Attributes {
  const attributes: unknown = parsed(text);
  if (isAttributes(attributes)) return attributes;
  throw new TypeError("it does not hold attributes");
}

export function scopeFromJson(text: unknown): SeriesDescription["scope"] {
  const scope: unknown = parsed(text);
  if (isScope(scope)) return scope;
  throw new TypeError("it does not hold a scope");
}

// Rows with a min and a max have kinds of their own: a program of version 1 that still runs must not take them for others.
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
  throw new TypeError("it does not hold a layout");
}

function withoutSuffix(stored: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { kind, hasMinMax: _, ...others } = stored;
  if (typeof kind !== "string" || !kind.endsWith(WITH_EXTREMES)) return { kind, ...others };
  return { kind: kind.slice(0, -WITH_EXTREMES.length), ...others, hasMinMax: true };
}

function parsed(text: unknown): unknown {
  if (typeof text !== "string") throw new TypeError("it is not a text");
  return JSON.parse(text);
}

// A value is whatever an application gave, as JSON has it: objects and nested lists too, null in place of NaN.
function isAttributes(value: unknown): value is Attributes {
  return isObject(value) && isNestedAtMost(MAX_LEVELS, value);
}

function isNestedAtMost(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((each) => isNestedAtMost(levels - 1, each));
}

function isScope(value: unknown): value is SeriesDescription["scope"] {
  if (!isObject(value)) return false;
  const { name, version, attributes } = value;
  return (
    typeof name === "string" &&
    typeof version === "string" &&
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
