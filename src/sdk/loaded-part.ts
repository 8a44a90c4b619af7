import { errorMessage } from "../diagnostics/error-message.ts";

/** Loads a part of Tachymeter. @throws an error with the remedy if a bundler has left it out. */
export function loadedPart<Part>(place: string, load: (place: string) => Part): Part {
  try {
    return load(place);
  } catch (error) {
    if (!errorMessage(error).includes(place)) throw error;
    throw new Error(
      `tachymeter: "${place}" was not found; if a bundler includes Tachymeter, set its condition "module"`,
      { cause: error },
    );
  }
}
