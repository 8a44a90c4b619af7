// Names as callers really pass them.

/** The name that `given` is meant to be: text, a number or a boolean as text, else `undefined`. Never throws. */
export function nameFromGiven(given: unknown): string | undefined {
  if (typeof given === "string") return given;
  return typeof given === "number" || typeof given === "boolean" ? String(given) : undefined;
}
