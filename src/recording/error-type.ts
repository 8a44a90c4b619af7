/** The value of `error.type` for errors without a usable name. */
export const OTHER_ERROR_TYPE = "_OTHER";

const MAX_NAME_LENGTH = 100;

/** Attribute `error.type` of a thrown value: its name or that of its class, otherwise `_OTHER`. Never throws. */
export function errorTypeOf(error: unknown): string {
  try {
    if (typeof error !== "object" || error === null || !("name" in error)) return OTHER_ERROR_TYPE;
    const name: unknown = error.name === "Error" ? error.constructor.name : error.name;
    return typeof name === "string" && name !== "" && name.length <= MAX_NAME_LENGTH
      ? name
      : OTHER_ERROR_TYPE;
  } catch {
    // A proxy or a getter may throw.
    return OTHER_ERROR_TYPE;
  }
}
