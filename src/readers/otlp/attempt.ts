// What comes of one attempt to deliver a record.
import type { StoredRecord } from "../../io/outbox/record-queue.ts";

/** The receiver has it; some of its points may have been refused for good. */
export interface Delivered {
  readonly kind: "delivered";
  readonly rejectedPoints: number;
  /** What the receiver said: why it refused points, or a warning. */
  readonly message?: string | undefined;
  readonly status?: number | undefined;
}

/** The receiver will never take it. */
export interface Rejected {
  readonly kind: "rejected";
  /** A word for `error.type`. */
  readonly errorType: string;
  readonly message: string;
  readonly status?: number | undefined;
}

/** It may work another time. */
export interface Failed {
  readonly kind: "failed";
  /** A word for `error.type`. */
  readonly errorType: string;
  readonly message: string;
  readonly status?: number | undefined;
  /** How long the receiver wants to be left alone. */
  readonly retryAfterMillis?: number | undefined;
  /** The answer does not tell a receiver in trouble from a record that it will never take. */
  readonly isDoubtful?: boolean | undefined;
}

export type Attempt = Delivered | Rejected | Failed;

/** Tries once to deliver a record; ends early, as failed, where the signal aborts. Never rejects. */
export type Send = (record: StoredRecord, signal: AbortSignal) => Promise<Attempt>;
