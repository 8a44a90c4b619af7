// Names from callers, of any type.

/** Converts strings, numbers and booleans to a name; otherwise `undefined`. Never throws. */
export function nameFromGiven(given: unknown): string | undefined {
  if (typeof given === "string") return given;
  return typeof given === "number" || typeof given === "boolean" ? String(given) : undefined;
}
