import type { Notification } from "../notification.ts";

/** Outcome of one attempt to send a notification. Reasons contain no secrets. */
export type Attempt =
  | { readonly kind: "delivered"; readonly response?: string | undefined }
  /** It may be accepted later: the receiver is away, busy or failing. */
  | { readonly kind: "failed"; readonly reason: string; readonly retryAfterMillis?: number | undefined }
  /** The receiver refused it. */
  | { readonly kind: "rejected"; readonly reason: string };

/** One destination of notifications. */
export interface Receiver {
  /** Unique name, for logs, metrics and the state file. */
  readonly name: string;
  /** Whether it takes one notification for each group, or one for each alert. */
  readonly takes: "groups" | "alerts";
  /** Tries once to send. Never rejects; settles soon after the signal aborts. */
  send(notification: Notification, signal: AbortSignal): Promise<Attempt>;
  close(): void;
}
