// Handlers that get messages and succeed or fail with them.
import { timedCall } from "../../src/recording/timed-call.ts";
import type { ConsumedQueue } from "./destinations.ts";
import type { Recording } from "./recording.ts";

/**
 * Runs `call`, a handler of `count` messages of `queue`, and returns its result. The messages are received, in flight
 * until the handler is settled, and processed in its time. Then `ended` is called.
 */
export function handledMessages(
  recording: Recording<unknown>,
  queue: ConsumedQueue,
  count: number,
  call: () => unknown,
  ended?: () => void,
): unknown {
  const { destination, inFlight } = queue;
  inFlight.count += count;
  recording.safely(() => destination.received(count));
  return timedCall(call, (seconds, failure) => {
    inFlight.count -= count;
    recording.safely(() => {
      for (let i = 0; i < count; i++) {
        destination.processed(seconds, failure && (failure.error ?? "undefined"));
      }
      ended?.();
    });
  });
}
