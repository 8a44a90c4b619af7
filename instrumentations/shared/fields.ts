// Fields of unknown values.

/** Whether `value` has fields: it may be any object. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** As {@link isObject}, for the way of every message: `record[field]` takes a fraction of the time of `Reflect.get`. */
export function isRecord(value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return typeof value === "object" && value !== null;
}

/** A field of a value; `undefined` if it has none. */
export function fieldOf(value: unknown, field: PropertyKey): unknown {
  return isRecord(value) ? value[field] : undefined;
}

/** Whether `value` has all of these methods. */
export function hasMethods<Name extends string>(
  value: unknown,
  ...names: readonly Name[]
): value is Readonly<Record<Name, (...args: readonly unknown[]) => unknown>> {
  return isRecord(value) && names.every((name) => typeof value[name] === "function");
}

/** A list in a field; an empty one if it has none. */
export function listIn(value: unknown, field: PropertyKey): readonly unknown[] {
  const list = fieldOf(value, field);
  return Array.isArray(list) ? list : [];
}
