// One message on its way through the application's listeners.
import type { BoundDestination } from "../../src/facades/index.ts";
import type { Method } from "./wrap-method.ts";

/**
 * Calls `method`, which calls the application's listeners of one message, and records how long they took, until they
 * return. What one throws is the error, and goes on as it would have. A method that returns `false` says that nobody
 * listened: then nothing was processed.
 */
export function deliver(
  destination: BoundDestination,
  method: Method,
  self: unknown,
  args: readonly unknown[],
): unknown {
  const startMillis = performance.now();
  let result: unknown;
  try {
    result = Reflect.apply(method, self, args);
  } catch (error) {
    destination.processed((performance.now() - startMillis) / 1000, error ?? "undefined");
    throw error;
  }
  if (result !== false) destination.processed((performance.now() - startMillis) / 1000);
  return result;
}
