// Values in templates. Go's types are kept apart, since `printf` and comparisons depend on them.
import { shortNumber } from "../../query/number-text.ts";

/** A value: a float is a number, an integer a bigint, and nil `undefined`. */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | undefined
  | readonly Value[]
  | Fields
  | Entries
  | Instant;

/** A struct: its fields by their names. */
export class Fields {
  readonly fields: Readonly<Record<string, Value>>;
  /** Name of the type, for errors. */
  readonly type: string;

  constructor(type: string, fields: Readonly<Record<string, Value>>) {
    this.type = type;
    this.fields = fields;
  }
}

/** A map with strings as keys. */
export class Entries {
  readonly #entries: Readonly<Record<string, Value>>;
  /** Value of a missing key. */
  readonly zero: Value;

  constructor(entries: Readonly<Record<string, Value>>, zero: Value) {
    this.#entries = entries;
    this.zero = zero;
  }

  get size(): number {
    return Object.keys(this.#entries).length;
  }

  get(key: string): Value {
    return Object.hasOwn(this.#entries, key) ? this.#entries[key] : this.zero;
  }

  /** In the order of the keys. */
  sorted(): readonly (readonly [key: string, value: Value])[] {
    return Object.entries(this.#entries).toSorted(([left], [right]) =>
      left < right ? -1 : left > right ? 1 : 0,
    );
  }
}

const fieldsOfLists = new WeakMap<readonly Value[], Readonly<Record<string, Value>>>();

/** Adds fields to a list, such as `Firing` to a list of alerts. */
export function listWithFields(
  list: readonly Value[],
  fields: Readonly<Record<string, Value>>,
): readonly Value[] {
  fieldsOfLists.set(list, fields);
  return list;
}

/** The fields of a struct or list; `undefined` if it has none. */
export function fieldsOf(value: Value): Readonly<Record<string, Value>> | undefined {
  if (value instanceof Fields) return value.fields;
  return Array.isArray(value) ? fieldsOfLists.get(value) : undefined;
}

/** A time, in UTC. */
export class Instant {
  readonly millis: number;

  constructor(millis: number) {
    this.millis = millis;
  }

  /** As Go prints it: `2006-01-02 15:04:05.999 +0000 UTC`. */
  toString(): string {
    const iso = new Date(this.millis).toISOString();
    const [date = "", time = ""] = iso.slice(0, -1).split("T");
    return `${date} ${time.replace(/\.?0+$/, (zeros) => (zeros.startsWith(".") ? "" : time.includes(".") ? "" : zeros))} +0000 UTC`;
  }
}

/** Whether a value counts as true: not zero, empty or nil. */
export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Entries) return value.size > 0;
  if (typeof value === "number") return value !== 0;
  return Boolean(value);
}

/** Name of a value's type in Go. */
export function typeOf(value: Value): string {
  switch (typeof value) {
    case "string":
      return "string";
    case "number":
      return "float64";
    case "bigint":
      return "int";
    case "boolean":
      return "bool";
    case "undefined":
      return "<nil>";
    default:
      break;
  }
  if (value instanceof Fields) return value.type;
  if (value instanceof Instant) return "*time.Time";
  if (value instanceof Entries) return value.zero === "" ? "map[string]string" : "map[string]interface {}";
  return "template.queryResult";
}

/** Text of a value, as `print` writes it. */
export function textOf(value: Value): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return shortNumber(value);
    case "undefined":
      return "<nil>";
    case "bigint":
    case "boolean":
      return String(value);
    default:
      break;
  }
  if (value instanceof Fields) {
    const texts = Object.values(value.fields).map((field) => textOf(field));
    return `${value.type.startsWith("*") ? "&" : ""}{${texts.join(" ")}}`;
  }
  if (value instanceof Entries)
    return `map[${value
      .sorted()
      .map(([key, entry]) => `${key}:${textOf(entry)}`)
      .join(" ")}]`;
  return value instanceof Instant ? value.toString() : `[${value.map((each) => textOf(each)).join(" ")}]`;
}
