// The error of a cancelled evaluation or selection.
export class CancelledError extends Error {
  override readonly name = "CancelledError";
  readonly code = "TACHYMETER_HISTORY_STORE";

  constructor() {
    super("history: cancelled, because the process seems to end; ask again if it goes on");
  }
}
