// One message on its way through the application: its listeners, then its `handleMessage`.
import type { BoundDestination } from "../../src/facades/index.ts";
import { type OriginalCall, replaceMethod } from "../../src/facades/replace-method.ts";

/** What a delivery goes through. */
export interface Delivery {
  /** The client that emits the message. */
  readonly client: object;
  /** Where it is counted. */
  readonly destination: BoundDestination;
  /** Calls the application's listeners for event `message`. */
  readonly emit: OriginalCall;
  /** The `handleMessage` that every client has from the start, and that does nothing. */
  readonly defaultHandleMessage: unknown;
}

/**
 * Lets the application process one message and records how long that took: the time its listeners run, and, where it
 * has its own `handleMessage`, until that calls back. What is thrown or called back with is the error, and goes on as
 * it would have. A message to which nobody listens is not processed.
 */
export function deliver({ client, destination, emit, defaultHandleMessage }: Delivery): unknown {
  const startMillis = performance.now();
  let isSettled = false;
  const settle = (error?: unknown): void => {
    if (isSettled) return;
    isSettled = true;
    destination.processed((performance.now() - startMillis) / 1000, error);
  };
  let hasListeners: unknown;
  try {
    hasListeners = emit();
  } catch (error) {
    settle(error);
    throw error;
  }
  if (Reflect.get(client, "handleMessage") !== defaultHandleMessage) settleAfterHandleMessage(client, settle);
  else if (hasListeners === true) settle();
  return hasListeners;
}

// The client calls `handleMessage` right after the listeners, in the same turn: for that long it has ours.
function settleAfterHandleMessage(client: object, settle: (error?: unknown) => void): void {
  const remove = replaceMethod(client, "handleMessage", (call, [packet, callback, ...rest]) => {
    remove?.();
    try {
      return call([packet, settlingCallback(callback, settle), ...rest]);
    } catch (error) {
      settle(error);
      throw error;
    }
  });
  if (remove !== undefined) queueMicrotask(remove);
}

function settlingCallback(callback: unknown, settle: (error?: unknown) => void): unknown {
  if (typeof callback !== "function") return callback;
  return new Proxy(callback, {
    apply(target, self, args: readonly unknown[]): unknown {
      settle(args[0]);
      return Reflect.apply(target, self, args);
    },
  });
}
