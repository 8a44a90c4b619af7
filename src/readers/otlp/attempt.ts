import type { StoredRecord } from "../../io/outbox/record-queue.ts";

/** The receiver has the record; some of its points may have been refused for good. */
export interface Delivered {
  readonly kind: "delivered";
  readonly rejectedPoints: number;
  /** The receiver's reason for refusing points, or a warning. */
  readonly message?: string | undefined;
  readonly status?: number | undefined;
}

/** The receiver will never take the record. */
export interface Rejected {
  readonly kind: "rejected";
  /** A word for `error.type`. */
  readonly errorType: string;
  readonly message: string;
  readonly status?: number | undefined;
}

/** Another attempt may succeed. */
export interface Failed extends Omit<Rejected, "kind"> {
  readonly kind: "failed";
  /** The pause that the receiver asks for. */
  readonly retryAfterMillis?: number | undefined;
  /** The answer does not tell a receiver in trouble from a record that it will never take. */
  readonly isDoubtful?: boolean | undefined;
}

export type Attempt = Delivered | Rejected | Failed;

/** Tries once to deliver a record; fails early if the signal aborts. Never rejects. */
export type Send = (record: StoredRecord, signal: AbortSignal) => Promise<Attempt>;
