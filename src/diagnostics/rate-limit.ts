// Rate limit for log messages: one per key and minute.
import { diag } from "@opentelemetry/api";
import { errorMessage } from "./error-message.ts";

const INTERVAL_MILLIS = 60_000;
const MAX_KEYS = 1_000;

export class RateLimit {
  readonly #last = new Map<string, number>();

  /** Whether a message with this key may be logged now; if so, the next one may be in a minute. */
  tryAcquire(key = ""): boolean {
    const now = performance.now();
    if (now - (this.#last.get(key) ?? -Infinity) < INTERVAL_MILLIS) return false;
    if (this.#last.size >= MAX_KEYS) this.#last.clear();
    this.#last.set(key, now);
    return true;
  }
}

const ofProcess = new RateLimit();

/** Logs `message` as a warning, unless one with the same key was logged within the last minute. */
export function warnOnceAMinute(message: string, key: string = message): void {
  if (ofProcess.tryAcquire(key)) diag.warn(`${message}; this is logged at most once a minute`);
}

/**
 * Calls `act`. If it throws, `message` is logged as a warning, at most once a minute for each key. Returns the result of `act`,
 * or `undefined` after an error.
 *
 * @param message a message from the reason.
 */
export function attempt<Result>(
  act: () => Result,
  message: (reason: string) => string,
  key?: string,
): Result | undefined {
  try {
    return act();
  } catch (error) {
    warnOnceAMinute(message(errorMessage(error)), key);
    return undefined;
  }
}
