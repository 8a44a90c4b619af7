import { isWrapped } from "@opentelemetry/instrumentation";
import { Destinations } from "../shared/destinations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject, listIn } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import type { KafkaConfig } from "../shared/options.ts";
import { LostConnections } from "../shared/reconnects.ts";
import type { Recording } from "../shared/recording.ts";
import { watchConsumers } from "./consumers.ts";
import { timeHandlers } from "./handlers.ts";
import { FILE } from "./index.ts";

/**
 * Records what the producers and consumers of the `kafkajs` package send, receive and process, how far these are behind,
 * and their membership in consumer groups. If upstream's `instrumentation-kafkajs` is registered, messages and their
 * processing are left to it.
 */
export function begin(recording: Recording<KafkaConfig>): Attach {
  const destinations = new Destinations(recording, { system: "kafka" });
  const watch = watchConsumers(recording, destinations);
  let client: object | undefined;
  // Upstream replaces what makes producers and consumers, and may come and go at any time.
  const isTheirs = (): boolean => client !== undefined && isWrapped(Reflect.get(client, "producer"));
  return (exports, { path }) => {
    const prototype = prototypeOf({ default: exports });
    if (path === FILE.client) client = prototype;
    else if (path === FILE.broker) countProduced(recording, destinations, isTheirs, prototype);
    else if (path === FILE.connection) watchConnections(recording, prototype);
    else if (path === FILE.events) watch(prototype);
    else timeHandlers(recording, destinations, isTheirs, prototype);
  };
}

// All methods of a producer end in requests to brokers. The producer waits for them, so failures are handled there.
function countProduced(
  recording: Recording<unknown>,
  destinations: Destinations,
  isTheirs: () => boolean,
  broker: object,
): void {
  const count = (request: unknown): void => {
    if (isTheirs()) return;
    for (const data of listIn(request, "topicData")) {
      const topic = fieldOf(data, "topic");
      if (typeof topic !== "string") continue;
      const counts = listIn(data, "partitions").map((partition) => listIn(partition, "messages").length);
      destinations.of(topic).sent(counts.reduce((sum, messages) => sum + messages, 0));
    }
  };
  recording.outcome(broker, "produce", (_, [request]) => ({ fulfilled: () => count(request) }), "aside");
}

// Connections to brokers, which the package makes again by itself.
function watchConnections(recording: Recording<unknown>, connection: object): void {
  const connections = new LostConnections(recording, "kafka");
  // Those that the application has ended, even while they were opened: kafkajs takes these for open, and for lost.
  const ended = new WeakSet<object>();
  const connecting = (self: object): { readonly fulfilled: () => void } => {
    ended.delete(self);
    return { fulfilled: () => ended.has(self) || connections.opened(self) };
  };
  // The caller waits for it, so a failure is handled there.
  recording.outcome(connection, "connect", (self) => (isObject(self) ? connecting(self) : {}), "aside");
  // Rejects the requests on a connection that is lost.
  recording.before(connection, "rejectRequests", (lost) => isObject(lost) && connections.lost(lost));
  recording.before(connection, "disconnect", (self) => {
    if (!isObject(self)) return;
    ended.add(self);
    connections.closed(self);
  });
}
