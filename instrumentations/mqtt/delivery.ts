// One message on its way through the application, where that has its own `handleMessage`: its listeners, then that.
import type { BoundDestination } from "../../src/facades/index.ts";
import { type Method, wrapMethod } from "../hooking/index.ts";

type Settle = (error?: unknown) => void;

/**
 * Calls `emit`, which calls the application's listeners for event `message`, and records how long the message takes to
 * process: until the application's own `handleMessage`, which the client calls next, calls back. What is thrown or
 * called back with is the error, and goes on as it would have.
 */
export function deliverToHandler(
  destination: BoundDestination,
  emit: Method,
  client: object,
  args: readonly unknown[],
): unknown {
  const startMillis = performance.now();
  let isSettled = false;
  const settle: Settle = (error) => {
    if (isSettled) return;
    isSettled = true;
    destination.processed((performance.now() - startMillis) / 1000, error);
  };
  let hasListeners: unknown;
  try {
    hasListeners = Reflect.apply(emit, client, args);
  } catch (error) {
    settle(error ?? "undefined");
    throw error;
  }
  settleAfterHandleMessage(client, settle);
  return hasListeners;
}

// The client calls `handleMessage` right after the listeners, in the same turn: for that long it has ours.
function settleAfterHandleMessage(client: object, settle: Settle): void {
  const remove = wrapMethod(
    client,
    "handleMessage",
    (handleMessage) =>
      function (packet, callback, ...rest) {
        remove();
        try {
          return Reflect.apply(handleMessage, this, [packet, settlingCallback(callback, settle), ...rest]);
        } catch (error) {
          settle(error ?? "undefined");
          throw error;
        }
      },
  );
  queueMicrotask(remove);
}

function settlingCallback(callback: unknown, settle: Settle): unknown {
  if (typeof callback !== "function") return callback;
  return function (this: unknown, ...args: readonly unknown[]): unknown {
    settle(args[0]);
    return Reflect.apply(callback, this, args);
  };
}
