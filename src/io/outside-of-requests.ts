// Work of ours that begins while the application handles a request, and goes on after it.
import { AsyncResource } from "node:async_hooks";

const atLoad = new AsyncResource("tachymeter", { requireManualDestroy: true });

/**
 * Calls `act` in the asynchronous context in which this package was loaded. Timers and calls within it do not see the request
 * that is being handled, such as its span in an `AsyncLocalStorage`.
 */
export function outsideOfRequests<Result>(act: () => Result): Result {
  return atLoad.runInAsyncScope(act);
}
