// Sent messages: all methods of a producer end in requests to brokers.
import { type Destinations, fieldOf, listIn, type Recording } from "../shared/index.ts";
import type { Upstream } from "./handlers.ts";

/** Counts the messages that brokers took. `broker` is the prototype of all of them. */
export function countProduced(
  recording: Recording<unknown>,
  destinations: Destinations,
  upstream: Upstream,
  broker: object,
): void {
  recording.wrap(broker, "produce", (produce) => {
    return function (...args) {
      // The producer waits for it, so a failure is handled there.
      return recording.observedAside(Reflect.apply(produce, this, args), {
        fulfilled: () => {
          if (!upstream.record()) count(args[0], destinations);
        },
      });
    };
  });
}

function count(request: unknown, destinations: Destinations): void {
  for (const data of listIn(request, "topicData")) {
    const topic = fieldOf(data, "topic");
    if (typeof topic !== "string") continue;
    const counts = listIn(data, "partitions").map((partition) => listIn(partition, "messages").length);
    destinations.of(topic).sent(counts.reduce((sum, messages) => sum + messages, 0));
  }
}
