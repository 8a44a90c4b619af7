// Keys of events: the values of a rule's fields.
import { createHash } from "node:crypto";
import type { TelemetryEvent } from "../../events/event.ts";
import { type FieldReader, fieldReader } from "./field.ts";

/** The key of a rule's events, as one text. */
export interface KeyOf {
  /** Key of an event; `undefined` if a field is missing. A getter of the data may throw. */
  of(event: TelemetryEvent): string | undefined;
  /** The labels of a key. */
  labels(key: string): Readonly<Record<string, string>>;
}

// Longer values are kept as their beginning and a hash, so that memory has a bound.
const MAX_CHARACTERS = 128;
const HASH_CHARACTERS = 16;

/** Returns the key of these fields; without fields, all events have one key. */
export function keyOf(fields: readonly string[]): KeyOf {
  const readers = fields.map(fieldReader);
  const names = labelNames(fields);
  const [first] = readers;
  const [name] = names;
  if (first === undefined || name === undefined) return { of: () => "", labels: () => ({}) };
  if (readers.length === 1)
    return { of: (event) => shortText(first, event), labels: (key) => ({ [name]: key }) };
  return {
    of(event) {
      let key = "";
      for (const read of readers) {
        const text = shortText(read, event);
        if (text === undefined) return undefined;
        // With its length before it, a value may contain any character.
        key += `${text.length}:${text}`;
      }
      return key;
    },
    labels(key) {
      const parts = partsOf(key);
      return Object.fromEntries(names.map((label, i) => [label, parts[i] ?? ""]));
    },
  };
}

/** Reads a field as a short text; longer ones end in a hash. */
export function shortText(read: FieldReader, event: TelemetryEvent): string | undefined {
  const value = read(event);
  if (value === undefined) return undefined;
  const text = String(value);
  if (text.length <= MAX_CHARACTERS) return text;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, HASH_CHARACTERS);
  return `${text.slice(0, MAX_CHARACTERS - HASH_CHARACTERS - 1)}#${hash}`;
}

/** Names of the fields' labels: the last part of a field, or the whole field if two have the same last part. */
export function labelNames(fields: readonly string[]): readonly string[] {
  const last = fields.map((field) => labelName(field.slice(field.lastIndexOf(".") + 1)));
  return fields.map((field, i) => {
    const name = last[i] ?? "";
    return last.indexOf(name) === last.lastIndexOf(name) ? name : labelName(field);
  });
}

function labelName(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_");
}

function partsOf(key: string): readonly string[] {
  const parts: string[] = [];
  let position = 0;
  while (position < key.length) {
    const colon = key.indexOf(":", position);
    const end = colon + 1 + Number(key.slice(position, colon));
    // A key from a damaged state.
    if (colon === -1 || !(end > position)) break;
    parts.push(key.slice(colon + 1, end));
    position = end;
  }
  return parts;
}
