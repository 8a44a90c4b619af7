// The error of a cancelled evaluation or selection.
export class CancelledError extends Error {
  override readonly name = "CancelledError";
}
