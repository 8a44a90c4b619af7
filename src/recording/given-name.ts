// Names as callers really pass them.

/**
 * The name that `given` is meant to be: text as it is, numbers and booleans as text; `undefined` for everything else.
 * Never throws, whatever it is given.
 */
export function nameFromGiven(given: unknown): string | undefined {
  if (typeof given === "string") return given;
  return typeof given === "number" || typeof given === "boolean" ? String(given) : undefined;
}
