// What is read of values of which nothing is known.

/** Whether `value` has fields: it may be any object. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/**
 * The same for the way of every message: a field of a record is read as any field is, and `Reflect.get` takes several
 * times as long.
 */
export function isRecord(value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return typeof value === "object" && value !== null;
}

/** A field of whatever it is; `undefined` where it has none. */
export function fieldOf(value: unknown, field: PropertyKey): unknown {
  return isRecord(value) ? value[field] : undefined;
}

/** A list in a field; an empty one where there is none. */
export function listIn(value: unknown, field: PropertyKey): readonly unknown[] {
  const list = fieldOf(value, field);
  return Array.isArray(list) ? list : [];
}
