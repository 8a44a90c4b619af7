// Attributes, scopes and layouts as they are stored: JSON, which is checked when it is read.
import type { Attributes, AttributeValue } from "@opentelemetry/api";
import type { SeriesDescription, SeriesLayout } from "../encoded-collection.ts";

/** The attributes in a text. @throws SyntaxError or TypeError if it does not hold any. */
export function attributesFromJson(text: unknown): Attributes {
  const attributes: unknown = parsed(text);
  if (isAttributes(attributes)) return attributes;
  throw new TypeError("it does not hold attributes");
}

/** The scope in a text. @throws SyntaxError or TypeError if it does not hold one. */
export function scopeFromJson(text: unknown): SeriesDescription["scope"] {
  const scope: unknown = parsed(text);
  if (isScope(scope)) return scope;
  throw new TypeError("it does not hold a scope");
}

/** The layout in a text. @throws SyntaxError or TypeError if it does not hold one. */
export function layoutFromJson(text: unknown): SeriesLayout {
  const layout: unknown = parsed(text);
  if (isLayout(layout)) return layout;
  throw new TypeError("it does not hold a layout");
}

function parsed(text: unknown): unknown {
  if (typeof text !== "string") throw new TypeError("it is not a text");
  return JSON.parse(text);
}

function isAttributes(value: unknown): value is Attributes {
  return isObject(value) && Object.values(value).every(isAttributeValue);
}

// JSON has null in place of NaN and of what is missing in a list.
function isAttributeValue(value: unknown): value is AttributeValue {
  return isPrimitive(value) || (Array.isArray(value) && value.every(isPrimitive));
}

function isPrimitive(value: unknown): boolean {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
