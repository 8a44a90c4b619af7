// Fields of events: type, source, labels, and paths in data and metadata.
import { types } from "node:util";
import type { Check } from "../../options/check.ts";
import type { TelemetryEvent } from "../../events/event.ts";
import type { FieldValue } from "./rule.ts";
import { createHash } from "node:crypto";

/** Reads a field of an event; `undefined` if it is missing or not a single value. A getter of the data may throw. */
export type FieldReader = (event: TelemetryEvent) => FieldValue | undefined;

const MAX_CHARACTERS = 200;

/** Check of a field's name. */
export const FIELD: Check<string> = {
  must: `be a field such as source, labels.order or data.user.id, of at most ${MAX_CHARACTERS} characters`,
  read: (value) =>
    typeof value === "string" &&
    value.length <= MAX_CHARACTERS &&
    value.split(".").every((part) => part.trim() !== "") &&
    !ROOTS.has(value)
      ? value
      : undefined,
};

const ROOTS = new Set(["labels", "data", "metadata"]);

/**
 * Returns the reader of a field. The name of a label is the whole rest of the text, since names of labels contain dots.
 * The parts of a path in data and metadata are own properties, as in the JSON of a stored event.
 */
export function fieldReader(field: string): FieldReader {
  const [root, ...path] = field.split(".");
  switch (root) {
    case "type":
      if (path.length === 0) return (event) => event.event_type;
      break;
    case "source":
      if (path.length === 0) return (event) => event.source;
      break;
    case "trace_id":
      if (path.length === 0) return (event) => event.trace_id;
      break;
    case "labels": {
      const label = path.join(".");
      return (event) => valueOf(ownProperty(event.labels, label));
    }
    case "data":
      return (event) => valueAt(event.data, path);
    case "metadata":
      return (event) => valueAt(event.metadata, path);
  }
  const parts = field.split(".");
  return (event) =>
    valueOf(ownProperty(event.labels, field)) ?? valueAt(event.data, parts) ?? valueAt(event.metadata, parts);
}

function valueAt(given: unknown, path: readonly string[]): FieldValue | undefined {
  let value = given;
  for (const part of path) value = ownProperty(value, part);
  return valueOf(value);
}

function ownProperty(given: unknown, name: string): unknown {
  return isRecord(given) && Object.hasOwn(given, name) ? given[name] : undefined;
}

function isRecord(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null;
}

// Values that JSON lacks are as `jsonText` stores them.
function valueOf(value: unknown): FieldValue | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
      return String(value);
    default:
      return types.isDate(value) && !Number.isNaN(Date.prototype.getTime.call(value))
        ? Date.prototype.toISOString.call(value)
        : undefined;
  }
}

/** The key of a rule's events, as one text. */
export interface KeyOf {
  /** Key of an event; `undefined` if a field is missing. A getter of the data may throw. */
  of(event: TelemetryEvent): string | undefined;
  /** The labels of a key. */
  labels(key: string): Readonly<Record<string, string>>;
}

// Longer values are kept as their beginning and a hash, so that memory has a bound.
const MAX_KEY_CHARACTERS = 128;
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
  if (text.length <= MAX_KEY_CHARACTERS) return text;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, HASH_CHARACTERS);
  return `${text.slice(0, MAX_KEY_CHARACTERS - HASH_CHARACTERS - 1)}#${hash}`;
}

/** Names of the fields' labels: the last part of a field, or the whole field if two have the same last part. */
function labelNames(fields: readonly string[]): readonly string[] {
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
