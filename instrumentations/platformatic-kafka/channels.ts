// The package's diagnostics channels.
import { fieldOf, isObject, reconnectsOf, type Recording } from "../shared/index.ts";

const MAX_BROKERS = 1_000;

/** What is published of an operation. Anything may be missing. */
export type Operation = Readonly<
  Partial<
    Record<"operation" | "client" | "options" | "error" | "result" | "connectionPool" | "broker", unknown>
  >
>;

type Act = (operation: Operation) => void;

/** Calls `act` with each operation of a channel that has begun, until the instrumentation ends. */
export function onBegin(recording: Recording<unknown>, channel: string, act: Act): void {
  recording.subscribe(`tracing:plt:kafka:${channel}:start`, act);
}

/** Calls `act` with each operation of a channel that has succeeded, until the instrumentation ends. */
export function onSuccess(recording: Recording<unknown>, channel: string, act: Act): void {
  recording.subscribe(`tracing:plt:kafka:${channel}:asyncStart`, (operation: Operation) => {
    if (operation.error === undefined || operation.error === null) act(operation);
  });
}

/** Counts connections to brokers that are made again: those that a pool has in the place of others. */
export function watchConnections(recording: Recording<unknown>): void {
  const reconnected = reconnectsOf(recording, "kafka");
  const pools = new WeakMap<object, Map<string, WeakRef<object>>>();
  onSuccess(recording, "connections:pool:get", ({ connectionPool, broker, result }) => {
    if (!isObject(connectionPool) || !isObject(result)) return;
    // From version 2 on, a choice among several brokers is published once more, without the broker.
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
