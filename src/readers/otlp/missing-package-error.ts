// An optional package that is not there.

/** Thrown where an optional package is asked for and is not installed. */
export class MissingPackageError extends Error {
  override readonly name = "MissingPackageError";
  readonly code = "TACHYMETER_MISSING_PACKAGE";
}
