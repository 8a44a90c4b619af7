// Messages on their way out: whatever a producer is asked for ends in requests to brokers.
import { type Destinations, isObject, type Recording } from "../shared/index.ts";
import type { Upstream } from "./upstream.ts";

/** Counts the messages that brokers took. `broker` is the prototype of all of them. */
export function countProduced(
  recording: Recording<unknown>,
  destinations: Destinations,
  upstream: Upstream,
  broker: object,
): void {
  recording.wrap(broker, "produce", (produce) => {
    return function (...args) {
      const result = Reflect.apply(produce, this, args);
      // The producer waits for it, so a failure is handled there.
      if (result instanceof Promise) {
        result.then(
          () => upstream.record() || recording.safely(() => count(args[0], destinations)),
          () => {},
        );
      }
      return result;
    };
  });
}

function count(request: unknown, destinations: Destinations): void {
  for (const { topic, partitions } of listIn(request, "topicData").filter(isTopicData)) {
    let messages = 0;
    for (const partition of partitions) messages += listIn(partition, "messages").length;
    destinations.of(topic).sent(messages);
  }
}

interface TopicData {
  readonly topic: string;
  readonly partitions: readonly unknown[];
}

function isTopicData(value: unknown): value is TopicData {
  return isObject(value) && typeof Reflect.get(value, "topic") === "string" && "partitions" in value;
}

function listIn(value: unknown, key: string): readonly unknown[] {
  const list: unknown = isObject(value) ? Reflect.get(value, key) : undefined;
  return Array.isArray(list) ? list : [];
}
