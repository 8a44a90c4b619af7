// Connections to brokers, of which a pool has one each.
import { fieldOf, isObject, type Recording, reconnectCounter } from "../shared/index.ts";
import { onSuccess } from "./channels.ts";

const ATTRIBUTES = Object.freeze({ "messaging.system": "kafka" });
const MAX_BROKERS = 1_000;

/** Counts connections that are made again: those that a pool has in the place of others. */
export function watchConnections(recording: Recording<unknown>): void {
  const reconnects = reconnectCounter(recording.meter);
  const pools = new WeakMap<object, Map<string, WeakRef<object>>>();
  onSuccess(recording, "connections:pool:get", ({ connectionPool, broker, result }) => {
    if (!isObject(connectionPool) || !isObject(result)) return;
    // From 2 on, a choice among several brokers is told once more, without the broker.
    if (fieldOf(broker, "port") === undefined) return;
    let connections = pools.get(connectionPool);
    if (connections === undefined) pools.set(connectionPool, (connections = new Map()));
    const name = `${String(fieldOf(broker, "host"))}:${String(fieldOf(broker, "port"))}`;
    const before = connections.get(name);
    if (before?.deref() === result) return;
    if (before !== undefined) reconnects.add(1, ATTRIBUTES);
    if (connections.size >= MAX_BROKERS) connections.clear();
    connections.set(name, new WeakRef(result));
  });
}
