// Versions of files that keep a state over restarts.

/** The file was written by a later version of this program. `message` continues a sentence about it. */
export class NewerFileError extends Error {
  override readonly name = "NewerFileError";
}

/**
 * Checks the version that a file names.
 *
 * @throws NewerFileError if it is newer than the `supported` one.
 * @throws TypeError if the file is of another program.
 */
export function assertFileVersion(found: unknown, supported: number): void {
  if (found === supported) return;
  if (typeof found !== "number" || !(found > supported)) throw new TypeError("it is of another program");
  throw new NewerFileError(
    `was written by a newer version of tachymeter (format ${found}, this one reads ${supported})`,
  );
}
