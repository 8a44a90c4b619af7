import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** Returns the methods of the package that the instrumentation replaces, as they are now. */
export function replacedMethods(): readonly unknown[] {
  // Inner files that the package does not export. Required late: the instrumentation must be enabled before.
  const inner = (name: string): string => join(dirname(require.resolve("amqplib")), "lib", name);
  const channels: { Channel: { prototype: object }; BaseChannel: { prototype: object } } = require(
    inner("channel.js"),
  );
  const connections: { Connection: { prototype: object } } = require(inner("connection.js"));
  return [
    ...["sendMessage", "sendOrEnqueue", "sendImmediately", "toClosed", "pushConfirmCallback"].map(
      (name): unknown => Reflect.get(channels.Channel.prototype, name),
    ),
    Reflect.get(channels.BaseChannel.prototype, "dispatchMessage"),
    Reflect.get(connections.Connection.prototype, "open"),
    Reflect.get(connections.Connection.prototype, "toClosed"),
  ];
}

export function shapeOf(method: unknown): unknown {
  return typeof method === "function" ? [method.name, method.length] : undefined;
}
