import { show } from "../diagnostics/show.ts";
import { types } from "node:util";

/** A thrown value or the reason of a rejection. */
export interface CallFailure {
  readonly error: unknown;
}

/** Called once with the duration of a call and its failure, if any. */
export type CallEnded = (seconds: number, failure: CallFailure | undefined) => void;

/** Called once at the end of a call; without an argument if it succeeded. */
export type End = (failure?: CallFailure) => void;

/**
 * Runs `call` and returns its result or throws its error. `ended` is called with the duration, which ends when a
 * promise settles. Unhandled rejections are still reported. A thenable that is not a promise is returned itself and
 * not started. It is timed when the caller first awaits it.
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
 * Calls `end` once `result` settles, or now if it is not a thenable. Returns `result`, or a promise that follows it.
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
    // Frozen, or a proxy that throws: returned unchanged, timed until now.
    endOnce();
    return result;
  }
}

// A handler on the promise itself would mark its rejection as handled, so the caller gets a promise that follows it.
function watchedPromise(promise: Promise<unknown>, end: End): Promise<unknown> {
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
  // Some libraries add methods to their promises. A class may have defined some of them already, unchangeably.
  for (const key of Reflect.ownKeys(promise)) {
    const property = Object.getOwnPropertyDescriptor(promise, key);
    if (property !== undefined) Reflect.defineProperty(followed, key, property);
  }
  return followed;
}

interface Thenable {
  readonly then: (...callbacks: unknown[]) => unknown;
}

// Ends of the calls that returned a thenable, called when it settles for the next time.
const waiting = new WeakMap<object, End[]>();

// Query builders start at each `then`, so only the caller may call it.
function watchedThenable(thenable: Thenable, end: End): Thenable {
  const known = waiting.get(thenable);
  if (known !== undefined) {
    known.push(end);
    return thenable;
  }
  const ends = [end];
  const endAll: End = (failure) => {
    for (const each of ends.splice(0)) each(failure);
  };
  const { then } = thenable;
  waiting.set(thenable, ends);
  // oxlint-disable-next-line unicorn/no-thenable -- it is one already
  return Object.defineProperty(thenable, "then", {
    configurable: true,
    writable: true,
    value(this: unknown, onFulfilled: unknown, onRejected: unknown, ...others: unknown[]): unknown {
      const fulfilled = (value: unknown): unknown => {
        endAll();
        return typeof onFulfilled === "function" ? Reflect.apply(onFulfilled, undefined, [value]) : value;
      };
      const rejected = (error: unknown): unknown => {
        endAll({ error });
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

/** @throws TypeError with the name of the argument, if it is not a function. */
export function assertFunction(name: string, given: unknown): void {
  if (typeof given !== "function")
    throw new TypeError(`${name} must be a function, got ${show(given)}; pass the work as () => …`);
}
