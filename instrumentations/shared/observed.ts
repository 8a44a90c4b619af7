// Outcomes of calls that return a promise or take a callback.
import { isObject } from "./fields.ts";

/** Functions called with an outcome. Errors that they throw would reach the application. */
export interface Outcome {
  readonly fulfilled?: (value: unknown) => void;
  readonly rejected?: (error: unknown) => void;
}

/**
 * Returns a promise of the same kind that settles like `promise`, after `outcome` was called. It must be another
 * promise: a listener on the original would mark it as handled and hide an unhandled rejection. Values other than
 * promises are returned unchanged.
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

/** Returns the same promise, which must be handled in any case. `outcome` is called beside its other listeners. */
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

/** Any callback. Libraries call it with their own `this`. */
export type Callback = (this: unknown, ...answer: readonly unknown[]) => unknown;

export function isCallback(value: unknown): value is Callback {
  return typeof value === "function";
}

/** Returns the position of the first callback among arguments, or -1. */
export function callbackAt(args: readonly unknown[]): number {
  for (let i = 0; i < args.length; i++) if (isCallback(args[i])) return i;
  return -1;
}

/**
 * Returns a callback that calls `see` with its first three arguments and then `callback`. Errors thrown by `see` would reach
 * the library.
 */
export function seenCallback(
  callback: Callback,
  see: (...first: [unknown, unknown, unknown]) => void,
): Callback {
  return function (...answer) {
    see(answer[0], answer[1], answer[2]);
    return Reflect.apply(callback, this, answer);
  };
}

/** The same for a callback whose first argument is the error: `settled` is called with the error, or `undefined`. */
export function measuredCallback(callback: Callback, settled: (error?: unknown) => void): Callback {
  return function (...answer) {
    settled(answer[0] ?? undefined);
    return Reflect.apply(callback, this, answer);
  };
}
