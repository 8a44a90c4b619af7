/** Labels as applications pass them. */
export type Labels = Record<string, string | number | boolean>;

/**
 * Returns a copy of the labels in `given` that are strings, numbers or booleans. `null` and `undefined` are left out
 * silently. For other values `onDrop` is called with the key, for an unreadable `given` with `""`. Never throws.
 */
export function cleanLabels(given: unknown, onDrop: (key: string) => void): Labels {
  return cleanCopy(given, isLabelValue, onDrop);
}

/**
 * Returns a copy of the fields of `given` with valid values. Others are reported to `onDrop` as by `cleanLabels`. Never
 * throws.
 */
export function cleanCopy<Value>(
  given: unknown,
  isValid: (value: unknown) => value is Value,
  onDrop: (key: string) => void,
): Record<string, Value> {
  const clean: Record<string, Value> = {};
  if (given === undefined || given === null) return clean;
  try {
    if (typeof given !== "object" || Array.isArray(given)) onDrop("");
    else for (const key of Object.keys(given)) copyField(given, key);
  } catch {
    // A proxy may throw.
    onDrop("");
  }
  return clean;

  function copyField(from: object, key: string): void {
    const value = readField(from, key);
    if (value === undefined || value === null) return;
    try {
      if (!isValid(value)) onDrop(key);
      else if (key !== "__proto__") clean[key] = value;
      // An assignment to `__proto__` would set the prototype.
      else Object.defineProperty(clean, key, { value, enumerable: true, configurable: true, writable: true });
    } catch {
      onDrop(key);
    }
  }
}

/** Whether a label may have this value. */
export function isLabelValue(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** Reads a field of any value: `undefined` if it is missing, a symbol if reading it throws. */
export function readField(given: unknown, key: string): unknown {
  if (!isObject(given)) return undefined;
  try {
    // Several times as fast as Reflect.
    return given[key];
  } catch {
    return UNREADABLE;
  }
}

function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null;
}

const UNREADABLE: unique symbol = Symbol("unreadable");
