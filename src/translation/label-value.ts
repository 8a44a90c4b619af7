// Attribute values as label values; lists and objects are converted in steps, since they may have a million elements.
import type { Label } from "./family.ts";

/**
 * The label value of an attribute. Attributes may come from any library, so a value may have a type that the API does not
 * allow.
 *
 * @see OpenTelemetry specification, "Common concepts", AnyValue representation for non-OTLP protocols
 */
export function labelValue(value: unknown): Label["value"] {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (value === null) return "";
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  try {
    return jsonOf(value) ?? "";
  } catch {
    return "";
  }
}

/** A value as JSON; anything that JSON cannot represent becomes a string. */
export function jsonOf(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part: unknown) => jsonPart(part));
}

function jsonPart(part: unknown): unknown {
  if (typeof part === "number" && !Number.isFinite(part)) return String(part);
  return part instanceof Uint8Array ? Buffer.from(part).toString("base64") : part;
}

// Elements per step, keys included.
const FEW_PARTS = 512;
/** Characters written at once. */
export const MAX_LENGTH: number = 16 * 1024;

/** `labelValue` in steps. */
export function* valueSteps(value: unknown): Generator<undefined, Label["value"]> {
  if (!isLarge(value)) return labelValue(value);
  let text = "";
  for (const piece of jsonPieces(value)) {
    text += piece;
    yield;
  }
  return text;
}

/** Whether a value has so much content that it should be written in steps; takes constant time. */
export function isLarge(value: unknown): boolean {
  return partsLeft(value, FEW_PARTS) < 0;
}

/** Like `isLarge`, and also true for a text of more than `MAX_LENGTH` characters. */
export function isLong(value: unknown): boolean {
  return typeof value === "string" ? value.length > MAX_LENGTH : isLarge(value);
}

function partsLeft(value: unknown, limit: number): number {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return limit - 1;
  if (Array.isArray(value) && value.length > limit) return -1;
  let left = limit - 1;
  for (const key in value) {
    if (left < 0) break;
    left = partsLeft(Reflect.get(value, key), left);
  }
  return left;
}

/** A value as JSON in pieces. @param encode converts a part to JSON. */
export function* jsonPieces(value: unknown, encode: JsonEncode = jsonOf): Generator<string> {
  if (typeof value !== "object" || value === null || !isLarge(value)) yield encode(value) ?? "null";
  else if (Array.isArray(value)) yield* listPieces(value, encode);
  else yield* mapPieces(value, encode);
}

type JsonEncode = (part: unknown) => string | undefined;

function* listPieces(list: readonly unknown[], encode: JsonEncode): Generator<string> {
  let before = "[";
  for (let from = 0; from < list.length; from += FEW_PARTS) {
    const part = list.slice(from, from + FEW_PARTS);
    if (part.some((item) => typeof item === "object")) {
      for (const item of part) {
        yield before;
        yield* jsonPieces(item, encode);
        before = ",";
      }
    } else yield before + (encode(part) ?? "").slice(1, -1);
    before = ",";
  }
  yield "]";
}

function* mapPieces(map: object, encode: JsonEncode): Generator<string> {
  let before = "{";
  for (const [key, item] of Object.entries(map)) {
    yield `${before}${JSON.stringify(key)}:`;
    yield* jsonPieces(item, encode);
    before = ",";
  }
  yield "}";
}
