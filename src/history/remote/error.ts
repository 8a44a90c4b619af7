// What goes wrong between here and a remote engine.

/** A remote engine did not answer, or refused; the message says which, and why. Never with headers or credentials. */
export class RemoteHistoryError extends Error {
  override readonly name = "RemoteHistoryError";
  readonly code = "TACHYMETER_REMOTE_HISTORY";
  /** The status of the answer, where there was one. */
  readonly status: number | undefined;

  constructor(
    shownUrl: string,
    problem: string,
    { cause, status }: { cause?: unknown; status?: number } = {},
  ) {
    super(`remote history "${shownUrl}": ${problem}`, cause === undefined ? {} : { cause });
    this.status = status;
  }
}
