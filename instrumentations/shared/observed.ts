// Looking at what becomes of a promise.
import { isObject } from "./fields.ts";

/** Told of an outcome. What it throws would be the application's: it catches by itself. */
export interface Outcome {
  fulfilled(value: unknown): void;
  rejected(error: unknown): void;
}

/**
 * A promise of the same kind with the same outcome, which is told on its way. Not the very same promise: one that is
 * looked at counts as handled, so that a rejection which the application forgets would go unnoticed. What is no promise
 * comes back as it is, and nothing is told.
 */
export function observed(promise: unknown, outcome: Outcome): unknown {
  const rethrow = (error: unknown): never => {
    outcome.rejected(error);
    throw error;
  };
  return follow(promise, (value) => (outcome.fulfilled(value), value), rethrow);
}

/** The same for a promise that is handled in any case, which stays the very same. */
export function observedAside(promise: unknown, outcome: Outcome): unknown {
  follow(
    promise,
    (value) => outcome.fulfilled(value),
    (error) => outcome.rejected(error),
  );
  return promise;
}

function follow(
  promise: unknown,
  fulfilled: (value: unknown) => unknown,
  rejected: (error: unknown) => unknown,
): unknown {
  const then: unknown = isObject(promise) ? Reflect.get(promise, "then") : undefined;
  return typeof then === "function" ? Reflect.apply(then, promise, [fulfilled, rejected]) : promise;
}
