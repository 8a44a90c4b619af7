// Attributes as OTLP `KeyValue`s.
import type { ByteWriter } from "../../../io/bytes/writer.ts";
import { isLarge } from "../../../translation/label-value.ts";

// Deeper values are left out, because a circular value would never end.
export const MAX_DEPTH = 32;
const INT64_END = 2 ** 63;
// Enough for the length of any message, so that no bytes need to be moved.
const LENGTH_BYTES = 5;
// Elements per step.
const STEP = 256;

/** Writes each attribute as a field with this tag, a `KeyValue`. Undefined values and functions are left out. */
export function writeAttributes(writer: ByteWriter, tag: number, pairs: object, depth: number = 0): void {
  for (const key of Object.keys(pairs)) {
    const value: unknown = Reflect.get(pairs, key);
    if (value === undefined || typeof value === "function") continue;
    writer.byte(tag);
    writePair(writer, key, value, depth);
  }
}

/** Writes a `KeyValue`, its length first. */
export function writePair(writer: ByteWriter, key: string, value: unknown, depth: number = 0): void {
  const begun = writer.begin();
  writer.byte(0x0a);
  writer.text(key);
  writer.byte(0x12);
  writeAnyValue(writer, value, depth);
  writer.end(begun);
}

/** Whether a number is a 64-bit integer. */
export function isInt64(value: number): boolean {
  return Number.isInteger(value) && value >= -INT64_END && value < INT64_END;
}

// `null`, and values of types that attributes do not allow, become the empty value.
function writeAnyValue(writer: ByteWriter, value: unknown, depth: number): void {
  const begun = writer.begin();
  switch (typeof value) {
    case "string":
      writer.byte(0x0a);
      writer.text(value);
      break;
    case "boolean":
      writer.byte(0x10);
      writer.byte(value ? 1 : 0);
      break;
    case "number":
      writeNumber(writer, value);
      break;
    case "object":
      if (value !== null && depth < MAX_DEPTH) writeContent(writer, value, depth + 1);
      break;
    default:
  }
  writer.end(begun);
}

/** Writes a `KeyValue` in steps, for values with very many elements. */
export function* pairSteps(
  writer: ByteWriter,
  key: string,
  value: unknown,
  depth: number = 0,
): Generator<undefined, void> {
  if (!isLarge(value)) {
    writePair(writer, key, value, depth);
    return;
  }
  const begun = writer.begin(LENGTH_BYTES);
  writer.byte(0x0a);
  writer.text(key);
  writer.byte(0x12);
  yield* anyValueSteps(writer, value, depth);
  writer.end(begun, LENGTH_BYTES);
}

function* anyValueSteps(writer: ByteWriter, value: unknown, depth: number): Generator<undefined, void> {
  if (typeof value !== "object" || value === null || depth >= MAX_DEPTH || !isLarge(value)) {
    writeAnyValue(writer, value, depth);
    return;
  }
  const begun = writer.begin(LENGTH_BYTES);
  writer.byte(Array.isArray(value) ? 0x2a : 0x32);
  const content = writer.begin(LENGTH_BYTES);
  let parts = 0;
  for (const [key, part] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    writer.byte(0x0a);
    if (typeof key === "number") yield* anyValueSteps(writer, part, depth + 1);
    else yield* pairSteps(writer, key, part, depth + 1);
    if (++parts % STEP === 0) yield;
  }
  writer.end(content, LENGTH_BYTES);
  writer.end(begun, LENGTH_BYTES);
}

function writeNumber(writer: ByteWriter, value: number): void {
  if (isInt64(value)) {
    writer.byte(0x18);
    writer.signedVarint(value);
  } else {
    writer.byte(0x21);
    writer.double(value);
  }
}

function writeContent(writer: ByteWriter, value: object, depth: number): void {
  if (value instanceof Uint8Array) {
    writer.byte(0x3a);
    writer.varint(value.length);
    writer.copy(value, 0, value.length);
    return;
  }
  writer.byte(Array.isArray(value) ? 0x2a : 0x32);
  const begun = writer.begin();
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    for (const item of items) {
      writer.byte(0x0a);
      writeAnyValue(writer, item, depth);
    }
  } else writeAttributes(writer, 0x0a, value, depth);
  writer.end(begun);
}
