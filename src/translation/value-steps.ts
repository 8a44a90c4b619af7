// Lists and objects as the values of labels, in steps: one attribute may have a million elements.
import type { Label } from "./family.ts";
import { jsonOf, labelValue } from "./label-value.ts";

// Elements, keys included, from one step to the next.
const FEW_PARTS = 512;

/** The same as `labelValue`. */
export function* valueSteps(value: unknown): Generator<void, Label["value"]> {
  if (!isLarge(value)) return labelValue(value);
  let text = "";
  for (const piece of jsonPieces(value)) {
    text += piece;
    yield;
  }
  return text;
}

/** Whether a value has so many elements that it is better written in steps. Takes the same time, however many there are. */
export function isLarge(value: unknown): boolean {
  return partsLeft(value, FEW_PARTS) < 0;
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

/** A value as JSON in pieces. @param encode makes JSON of a part. */
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
