import { ConsumerGroups } from "../shared/consumer-groups.ts";
import { Destinations } from "../shared/destinations.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { KafkaConfig } from "../shared/options.ts";
import { reconnectsOf } from "../shared/reconnects.ts";
import type { Recording } from "../shared/recording.ts";
import { onSuccess } from "./channels.ts";
import { watchGroups } from "./groups.ts";
import { watchMessages } from "./messages.ts";

const MAX_BROKERS = 1_000;

/**
 * Records the messages that producers and consumers of the `@platformatic/kafka` package send, receive and commit,
 * the consumers' lag, and their group membership. All of it is read from the package's diagnostics channels.
 */
export function begin(recording: Recording<KafkaConfig>): undefined {
  const destinations = new Destinations(recording, { system: "kafka" });
  const groups = new ConsumerGroups(recording);
  watchGroups(recording, groups, watchMessages(recording, destinations, groups));
  watchConnections(recording);
}

// A connection counts as a reconnect if a pool opens it in place of another one.
function watchConnections(recording: Recording<unknown>): void {
  const reconnected = reconnectsOf(recording, "kafka");
  const pools = new WeakMap<object, Map<string, WeakRef<object>>>();
  onSuccess(recording, "connections:pool:get", ({ connectionPool, broker, result }) => {
    if (!isObject(connectionPool) || !isObject(result)) return;
    // From version 2 on, a choice among several brokers is published a second time, without the broker.
    if (fieldOf(broker, "port") === undefined) return;
    let connections = pools.get(connectionPool);
    if (connections === undefined) pools.set(connectionPool, (connections = new Map()));
    const name = `${String(fieldOf(broker, "host"))}:${String(fieldOf(broker, "port"))}`;
    const before = connections.get(name);
    if (before?.deref() === result) return;
    if (before !== undefined) reconnected();
    if (connections.size >= MAX_BROKERS) connections.clear();
    connections.set(name, new WeakRef(result));
  });
}
