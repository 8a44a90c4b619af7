/** Labels as users write them. */
export type Labels = Record<string, string | number | boolean>;

/**
 * A copy of the labels in `given` that are strings, numbers or booleans. `null` and `undefined` are left out silently;
 * other values are reported to `onDrop` by key, an unreadable `given` as `""`. Never throws.
 */
export function cleanLabels(given: unknown, onDrop: (key: string) => void): Labels {
  const clean: Labels = {};
  if (given === undefined || given === null) return clean;
  try {
    if (typeof given !== "object" || Array.isArray(given)) onDrop("");
    else for (const key of Object.keys(given)) copyLabel(given, key, clean, onDrop);
  } catch {
    // A proxy may throw.
    onDrop("");
  }
  return clean;
}

function copyLabel(given: object, key: string, clean: Labels, onDrop: (key: string) => void): void {
  const value = readField(given, key);
  if (!isLabelValue(value)) {
    if (value !== undefined && value !== null) onDrop(key);
  } else if (key === "__proto__") {
    // An assignment would set the prototype.
    Object.defineProperty(clean, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    clean[key] = value;
  }
}

/** Whether a label may have this value. */
export function isLabelValue(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** A field of any value: `undefined` if it is missing, a symbol if reading it throws. */
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
