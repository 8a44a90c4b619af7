// One message on its way through the application's listeners.
import type { BoundDestination } from "../../src/facades/index.ts";
import { nowMillis } from "./clock.ts";
import type { Method } from "./wrap-method.ts";

// When each of the messages that listeners have right now got to them: one listener may have the next message delivered.
// In an array, since a number with a fraction is allocated where one function hands it to another.
const startsMillis = new Float64Array(1_000);
let depth = 0;

/**
 * A message gets to the listeners. What this gives is for {@link delivered} or {@link deliveredInPart}, one of which has to
 * be called when they have returned or thrown. Beyond 1,000 messages, one within the other, nothing is recorded.
 */
export function delivering(): number {
  startsMillis[depth] = nowMillis();
  return depth++;
}

/** The listeners have returned, or thrown `error`: the message is processed. */
export function delivered(delivery: number, destination: BoundDestination, error?: unknown): void {
  depth = delivery;
  const startMillis = startsMillis[delivery];
  if (startMillis !== undefined) destination.processed((nowMillis() - startMillis) / 1000, error);
}

/** The listeners have returned, but the message is processed when what this gives is called; only once. */
export function deliveredInPart(delivery: number, destination: BoundDestination): (error?: unknown) => void {
  depth = delivery;
  let startMillis = startsMillis[delivery];
  return (error) => {
    if (startMillis !== undefined) destination.processed((nowMillis() - startMillis) / 1000, error);
    startMillis = undefined;
  };
}

/** Nobody listened: nothing is processed. */
export function undelivered(delivery: number): void {
  depth = delivery;
}

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
  const delivery = delivering();
  let result: unknown;
  try {
    result = Reflect.apply(method, self, args);
  } catch (error) {
    delivered(delivery, destination, error ?? "undefined");
    throw error;
  }
  if (result === false) undelivered(delivery);
  else delivered(delivery, destination);
  return result;
}
