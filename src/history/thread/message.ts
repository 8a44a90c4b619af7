// What goes between the thread that owns the store and the main one.
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { SharedWork } from "./shared-work.ts";
import type { Answered, Request, RequestKind, ThreadOptions } from "./requests.ts";

/** What the thread is started with. */
export interface ThreadData {
  readonly options: ThreadOptions;
  readonly work: SharedWork;
}

/** To the thread. */
export interface RequestMessage {
  readonly id: number;
  readonly request: Request;
  /** Not 0 any more once nobody waits for the answer. */
  readonly cancelled?: Int32Array;
  /** For those who wait without a promise: {@link DONE} or {@link FAILED} once it is over. */
  readonly outcome?: Int32Array;
}

/** What an outcome is set to. */
export const DONE = 1;
/** What an outcome is set to where the request failed. */
export const FAILED = 2;

/** Tells who waits without a promise how it went. */
export function tell(outcome: Int32Array, how: number): void {
  Atomics.store(outcome, 0, how);
  Atomics.notify(outcome, 0);
}

/** From the thread. */
export type ThreadMessage =
  | { readonly kind: "open" }
  | { readonly kind: "refused"; readonly error: SentError }
  | { readonly kind: "warning"; readonly message: string }
  | { readonly kind: "answer"; readonly id: number; readonly value: Answered<RequestKind> }
  | { readonly kind: "failure"; readonly id: number; readonly error: SentError };

/** An error on its way between threads, which takes its class away. */
export interface SentError {
  readonly message: string;
  readonly code: string | undefined;
}

/** An error as it is sent. One that is not ours says neither which store it is about nor what to do. */
export function sentError(error: unknown, path: string): SentError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = errorMessage(error);
  if (code.startsWith("TACHYMETER_")) return { message, code };
  return {
    message: `history "${path}": it cannot be used (${message}); see whether the file is a whole store and its disk has room`,
    code: undefined,
  };
}

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
