// The processing of one message by the application's listeners.
import type { BoundDestination } from "../../src/facades/index.ts";
import { nowMillis } from "./clock.ts";
import type { Recording } from "./recording.ts";
import type { Method, Wrap } from "../../src/recording/replace-method.ts";

// When each message got to the listeners that run now: one listener may have the next message delivered. In an array,
// since a number with a fraction is allocated when one function passes it to another.
const startsMillis = new Float64Array(1_000);
let depth = 0;

/**
 * Notes that a message gets to the listeners. The result is for {@link delivered}, {@link deliveredInPart} or
 * {@link undelivered}, one of which must be called when the listeners have returned or thrown. Beyond 1,000 messages,
 * one within the other, nothing is recorded.
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

/** The listeners have returned, but the message is processed when the returned function is called; only once. */
export function deliveredInPart(delivery: number, destination: BoundDestination): (error?: unknown) => void {
  depth = delivery;
  let startMillis = startsMillis[delivery];
  return (error) => {
    if (startMillis !== undefined) destination.processed((nowMillis() - startMillis) / 1000, error);
    startMillis = undefined;
  };
}

/** There were no listeners: nothing is processed. */
export function undelivered(delivery: number): void {
  depth = delivery;
}

/**
 * Wraps a method that calls the listeners of one message: counts the message as received and records how long they took,
 * until they return. A result of `false` means that there were none. `find` returns the destination; `undefined` for a
 * call that delivers nothing.
 */
export function deliveries(
  recording: Recording<unknown>,
  find: (self: unknown, args: readonly unknown[]) => BoundDestination | undefined,
): Wrap {
  return (method) =>
    function (...args) {
      let destination: BoundDestination | undefined;
      try {
        destination = find(this, args);
      } catch (error) {
        recording.failed(error);
      }
      if (destination === undefined) return Reflect.apply(method, this, args);
      destination.received();
      return deliver(destination, method, this, args);
    };
}

/** Calls the listeners of one message by `method` and records how long they took; see {@link deliveries}. */
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
