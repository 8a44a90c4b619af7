// One message of a subscription on its way through the application's listeners.
import type { Method } from "../hooking/index.ts";
import type { BoundDestination } from "../../src/facades/index.ts";

/** Runs the listeners, and records how long they took, until they return; what one throws is the error, and goes on. */
export function deliver(
  destination: BoundDestination,
  listeners: Method,
  self: unknown,
  args: readonly unknown[],
): unknown {
  const startMillis = performance.now();
  let result: unknown;
  try {
    result = Reflect.apply(listeners, self, args);
  } catch (error) {
    destination.processed((performance.now() - startMillis) / 1000, error ?? "error");
    throw error;
  }
  // Listeners that say whether there were any: without one, nothing was processed.
  if (result !== false) destination.processed((performance.now() - startMillis) / 1000);
  return result;
}
