// Processing of one message by the application's listeners.
import type { BoundDestination } from "../../src/facades/index.ts";
import { clockMillis, nowMillis, readClock } from "./clock.ts";
import type { Recording } from "./recording.ts";
import type { Method, Wrap } from "../../src/recording/replace-method.ts";

// Start times of the deliveries in progress: one listener may cause the next delivery. Stored in an array, since
// passing a fractional number between functions would allocate it.
const startsMillis = new Float64Array(1_000);
let depth = 0;

/**
 * Notes that a message is passed to the listeners. Pass the result to {@link delivered}, {@link deliveredInPart} or
 * {@link undelivered} when the listeners have returned or thrown. Nothing is recorded beyond 1,000 nested messages.
 */
export function delivering(): number {
  readClock();
  startsMillis[depth] = clockMillis[0]!;
  return depth++;
}

/** Records a message as processed: the listeners have returned, or thrown `error`. */
export function delivered(delivery: number, destination: BoundDestination, error?: unknown): void {
  depth = delivery;
  const startMillis = startsMillis[delivery];
  readClock();
  if (startMillis === undefined) return;
  destination.processedNanos(Math.round((clockMillis[0]! - startMillis) * 1e6), error);
}

/**
 * Notes that the listeners have returned. The message counts as processed when the returned function is first called.
 */
export function deliveredInPart(delivery: number, destination: BoundDestination): (error?: unknown) => void {
  depth = delivery;
  let startMillis = startsMillis[delivery];
  return (error) => {
    if (startMillis !== undefined) destination.processed((nowMillis() - startMillis) / 1000, error);
    startMillis = undefined;
  };
}

/** Notes that there were no listeners: nothing is processed. */
export function undelivered(delivery: number): void {
  depth = delivery;
}

/**
 * Wraps a method that calls the listeners of one message. Counts the message as received and records the time until
 * the listeners return. If the method returns `false`, it had no listeners. `find` returns the destination;
 * `undefined` for a call that delivers nothing.
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

/** Calls the listeners of one message by `method` and records their time; see {@link deliveries}. */
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
