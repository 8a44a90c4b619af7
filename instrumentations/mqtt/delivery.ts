// The end of one message's processing, where the application has its own `handleMessage`.
import { wrapMethod } from "../shared/index.ts";

type Settle = (error?: unknown) => void;

/**
 * Has `settle` called when the application's own `handleMessage`, which the client calls right after the listeners, calls
 * back. What is thrown or called back with is the error, and goes on as it would have. For that long, which is the same
 * turn, the client has ours.
 */
export function settleAfterHandleMessage(client: object, settle: Settle): void {
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
