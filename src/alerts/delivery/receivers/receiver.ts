import type { Notification } from "../notification.ts";
import { withTimeout } from "../../../io/timeout.ts";

/** Outcome of one attempt to send a notification. Reasons contain no secrets. */
export type SendResult =
  | { readonly kind: "delivered"; readonly response?: string | undefined }
  /** It may be accepted later: the receiver is away, busy or failing. */
  | { readonly kind: "failed"; readonly reason: string; readonly retryAfterMillis?: number | undefined }
  /** The receiver refused it, by HTTP with a status. */
  | { readonly kind: "rejected"; readonly reason: string; readonly status?: number | undefined };

/** One destination of notifications. */
export interface Receiver {
  /** Unique name, for logs, metrics and the state file. */
  readonly name: string;
  /** Whether it takes one notification for each group, or one for each alert. */
  readonly takes: "groups" | "alerts";
  /** Tries once to send. Never rejects; settles soon after the signal aborts. */
  send(notification: Notification, signal: AbortSignal): Promise<SendResult>;
  close(): void;
}

/** Returns the absolute URL of the application's page, for links. `undefined` while it is unknown: until a server listens. */
export type ExternalUrl = () => string | undefined;

const TIMEOUT_MILLIS = 30_000;

/** Calls a function of the application. Rejects if it throws, rejects or does not settle within 30 s. */
export function settled<Result>(call: () => Result | PromiseLike<Result>): Promise<Result> {
  // An async function, since the application's may throw synchronously.
  const calling = (async () => call())();
  return withTimeout(calling, TIMEOUT_MILLIS, () => {
    throw new Error(`it has not settled within ${TIMEOUT_MILLIS / 1_000} s`);
  });
}
