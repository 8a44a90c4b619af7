// What the store could not do.
import type { SentError } from "./message.ts";

/** Thrown where the history's store could not do what it was asked. */
export class HistoryStoreError extends Error {
  override readonly name = "HistoryStoreError";
  /** `TACHYMETER_…`: what kind of failure it is. */
  readonly code: string;

  constructor({
    message,
    code = "TACHYMETER_HISTORY_STORE",
  }: Partial<SentError> & Pick<SentError, "message">) {
    super(message);
    this.code = code;
  }
}
