// Runs other people's functions and tells how long they took, without anybody noticing.
import { types } from "node:util";

/** What a call ended with, where it failed: thrown at once, or the reason of a rejection. */
export interface CallFailure {
  readonly error: unknown;
}

/** Told once of each call: how long it took, and how it failed, if it did. */
export type CallEnded = (seconds: number, failure: CallFailure | undefined) => void;

/** Told once how a call ended: without an argument, that it succeeded. */
export type End = (failure?: CallFailure) => void;

/**
 * Runs `call`, gives back what it gives and throws what it throws; `ended` is told the time it took, for a promise
 * until it is settled. A rejection that nobody handles is still reported as unhandled. A thenable that is no promise
 * comes back itself, is never started by this, and is timed when the caller first waits for it.
 */
export function timedCall<T>(call: () => T, ended: CallEnded): T;
export function timedCall(call: () => unknown, ended: CallEnded): unknown {
  const startedMillis = performance.now();
  const end: End = (failure) => ended((performance.now() - startedMillis) / 1000, failure);
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    end({ error });
    throw error;
  }
  return whenSettled(result, end);
}

/**
 * What a call gave, watched: `end` is told once it is settled, which is at once for what cannot be waited for. Gives
 * back what the caller is to get: the very same, but for a promise, which is followed by another one.
 */
export function whenSettled(result: unknown, end: End): unknown {
  if (!isThenable(result)) {
    end();
    return result;
  }
  let isEnded = false;
  const endOnce: End = (failure) => {
    if (isEnded) return;
    isEnded = true;
    end(failure);
  };
  try {
    return types.isPromise(result) ? watchedPromise(result, endOnce) : watchedThenable(result, endOnce);
  } catch {
    // Frozen, or a proxy that throws at a look: it goes back as it came, timed until now.
    endOnce();
    return result;
  }
}

// To watch the promise itself would mark its rejection as handled, so the caller gets the one that follows it.
function watchedPromise(promise: Promise<unknown>, end: End): Promise<unknown> {
  const properties = Object.getOwnPropertyDescriptors(promise);
  const followed = promise.then(
    (value) => {
      end();
      return value;
    },
    (error: unknown) => {
      end({ error });
      throw error;
    },
  );
  // Some libraries hang methods onto the promises that they give.
  return Object.defineProperties(followed, properties);
}

interface Thenable {
  readonly then: (...callbacks: unknown[]) => unknown;
}

// Query builders start their work at each `then`, so only the caller may call it.
function watchedThenable(thenable: Thenable, end: End): Thenable {
  const { then } = thenable;
  // oxlint-disable-next-line unicorn/no-thenable -- it is one already
  return Object.defineProperty(thenable, "then", {
    configurable: true,
    writable: true,
    value(this: unknown, onFulfilled: unknown, onRejected: unknown, ...others: unknown[]): unknown {
      const fulfilled = (value: unknown): unknown => {
        end();
        return typeof onFulfilled === "function" ? Reflect.apply(onFulfilled, undefined, [value]) : value;
      };
      const rejected = (error: unknown): unknown => {
        end({ error });
        if (typeof onRejected === "function") return Reflect.apply(onRejected, undefined, [error]);
        throw error;
      };
      return Reflect.apply(then, this, [fulfilled, rejected, ...others]);
    },
  });
}

function isThenable(value: unknown): value is Thenable {
  try {
    const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
    return isObject && "then" in value && typeof value.then === "function";
  } catch {
    return false;
  }
}
