// Attribute `error.type`: a word of low cardinality for whatever was thrown.

/** The value of `error.type` where the error has no usable name of its own. */
export const OTHER_ERROR_TYPE = "_OTHER";

const MAX_NAME_LENGTH = 100;

/**
 * The value of attribute `error.type` for `error`: its `name`, or its class's where that says only "Error", if it is a
 * text of at most 100 characters, else `_OTHER`. Never the message, which differs from error to error. Never throws,
 * whatever it is given.
 */
export function errorTypeOf(error: unknown): string {
  try {
    if (typeof error !== "object" || error === null || !("name" in error)) return OTHER_ERROR_TYPE;
    const name: unknown = error.name === "Error" ? error.constructor.name : error.name;
    return typeof name === "string" && name !== "" && name.length <= MAX_NAME_LENGTH
      ? name
      : OTHER_ERROR_TYPE;
  } catch {
    // A proxy or a getter may throw at any look.
    return OTHER_ERROR_TYPE;
  }
}
