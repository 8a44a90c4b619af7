// The outcome of calls that answer by a promise or a callback.
import { isObject } from "./fields.ts";

/** Functions that are called with an outcome. What they throw would reach the application. */
export interface Outcome {
  readonly fulfilled?: (value: unknown) => void;
  readonly rejected?: (error: unknown) => void;
}

/**
 * A promise of the same kind with the same outcome, on whose way `outcome` is called. Not the same promise: a listener
 * would mark it as handled, and a rejection that the application forgets would go unnoticed. Other values come back.
 */
export function observed(promise: unknown, { fulfilled, rejected }: Outcome): unknown {
  const pass = (value: unknown): unknown => {
    fulfilled?.(value);
    return value;
  };
  const rethrow = (error: unknown): never => {
    rejected?.(error);
    throw error;
  };
  return follow(promise, pass, rethrow);
}

/** The same promise, which is handled in any case; `outcome` is called beside its other listeners. */
export function observedAside(promise: unknown, { fulfilled, rejected }: Outcome): unknown {
  const ignore = (): void => {};
  follow(promise, fulfilled ?? ignore, rejected ?? ignore);
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

/** Any callback. Libraries call it with a `this` of their own. */
export type Callback = (this: unknown, ...answer: readonly unknown[]) => unknown;

export function isCallback(value: unknown): value is Callback {
  return typeof value === "function";
}

/** The same callback, before which `see` is called with its arguments. What `see` throws would reach the library. */
export function seenCallback(callback: Callback, see: (...answer: readonly unknown[]) => void): Callback {
  return function (...answer) {
    see(...answer);
    return Reflect.apply(callback, this, answer);
  };
}

/** The same, for a callback whose first argument is the error: `settled` gets it, or `undefined`. */
export function measuredCallback(callback: Callback, settled: (error?: unknown) => void): Callback {
  return seenCallback(callback, (error) => settled(error ?? undefined));
}
