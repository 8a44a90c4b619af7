// Fields of state files in JSON. Each function throws a TypeError if the value is of another form.
import { isObject } from "../options/check.ts";

export function object(value: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw new TypeError("an object is missing");
  return value;
}

export function string(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("a text is missing");
  return value;
}

export function number(value: unknown): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new TypeError("a number is missing");
  return value;
}

/** Reads a field that may be missing. */
export function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}

export function texts(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(object(value)).map(([name, each]) => [name, string(each)]));
}

export function listOf<T>(value: unknown, read: (each: unknown) => T): T[] {
  if (!Array.isArray(value)) throw new TypeError("a list is missing");
  return value.map((each: unknown) => read(each));
}
