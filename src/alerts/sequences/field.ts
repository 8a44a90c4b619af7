// Fields of events: type, source, labels, and paths in data and metadata.
import { types } from "node:util";
import type { Check } from "../../options/check.ts";
import type { TelemetryEvent } from "../../events/event.ts";
import type { FieldValue } from "./rule.ts";

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
