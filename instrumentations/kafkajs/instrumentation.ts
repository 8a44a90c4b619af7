import { ClientOperations } from "../shared/client-operations.ts";
import { Destinations } from "../shared/destinations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject, listIn } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import type { Outcome } from "../shared/observed.ts";
import { LostConnections } from "../shared/reconnects.ts";
import type { Recording } from "../shared/recording.ts";
import { watchConsumers } from "./consumers.ts";
import { timeHandlers } from "./handlers.ts";
import { FILE, type KafkaJsConfig } from "./index.ts";

/**
 * Records the messages that producers and consumers of the `kafkajs` package send, receive and process, the
 * consumers' lag, and their group membership.
 */
export function begin(recording: Recording<KafkaJsConfig>): Attach {
  const destinations = new Destinations(recording, { system: "kafka" });
  const watch = watchConsumers(recording, destinations);
  const isTheirs = recording.config.messages === false;
  return (exports, { path }) => {
    const prototype = prototypeOf({ default: exports });
    if (path === FILE.broker) countProduced(recording, destinations, isTheirs, prototype);
    else if (path === FILE.connection) watchConnections(recording, prototype);
    else if (path === FILE.events) watch(prototype);
    else timeHandlers(recording, destinations, isTheirs, prototype);
  };
}

// All methods of a producer end in requests to brokers. The producer awaits them, so that failures are handled.
function countProduced(
  recording: Recording<unknown>,
  destinations: Destinations,
  isTheirs: boolean,
  broker: object,
): void {
  const count = (request: unknown): void => {
    for (const data of listIn(request, "topicData")) {
      const topic = fieldOf(data, "topic");
      if (typeof topic !== "string") continue;
      const counts = listIn(data, "partitions").map((partition) => listIn(partition, "messages").length);
      destinations.of(topic).sent(counts.reduce((sum, messages) => sum + messages, 0));
    }
  };
  const operations = new ClientOperations(recording, destinations);
  const begun = (self: unknown, request: unknown): Outcome => {
    if (isTheirs) return {};
    const topics = listIn(request, "topicData").map((data) => fieldOf(data, "topic"));
    const [topic] = topics;
    const destination = topics.length === 1 && typeof topic === "string" ? topic : undefined;
    // Version 1 has one connection.
    const server = fieldOf(self, "connectionPool") ?? fieldOf(self, "connection");
    const [address, port] = [fieldOf(server, "host"), fieldOf(server, "port")];
    return operations.begun(
      { name: "send", type: "send", destination, address, port },
      { fulfilled: () => count(request) },
    );
  };
  recording.outcome(broker, "produce", (self, [request]) => begun(self, request), "aside");
}

// Counts connections to brokers, which the package reopens by itself.
function watchConnections(recording: Recording<unknown>, connection: object): void {
  const connections = new LostConnections(recording, "kafka");
  // Connections ended by the application, even while they were opened: kafkajs considers these open, and then lost.
  const ended = new WeakSet<object>();
  const connecting = (self: object): { readonly fulfilled: () => void } => {
    ended.delete(self);
    return { fulfilled: () => ended.has(self) || connections.opened(self) };
  };
  // The caller awaits it, so that a failure is handled.
  recording.outcome(connection, "connect", (self) => (isObject(self) ? connecting(self) : {}), "aside");
  // Called with requests of a lost connection.
  recording.before(connection, "rejectRequests", (lost) => isObject(lost) && connections.lost(lost));
  recording.before(connection, "disconnect", (self) => {
    if (!isObject(self)) return;
    ended.add(self);
    connections.closed(self);
  });
}
