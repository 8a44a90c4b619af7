import { attached } from "../shared/attached.ts";
import { ClientOperations } from "../shared/client-operations.ts";
import { Destinations } from "../shared/destinations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { type Callback, isCallback, seenCallback } from "../shared/observed.ts";
import { LostConnections } from "../shared/reconnects.ts";
import type { Recording } from "../shared/recording.ts";
import { Deliveries } from "./deliveries.ts";
import { type AmqplibConfig, CONNECTION } from "./index.ts";

/**
 * Records the messages that channels of the `amqplib` package publish, receive, acknowledge and refuse. The patched
 * methods are shared by the promise and the callback interface.
 */
export function begin(recording: Recording<AmqplibConfig>): Attach {
  const destinations = new Destinations(recording, { system: "rabbitmq", nameOf: destinationName });
  const deliveries = new Deliveries(recording, destinations);
  return (exports, { path }) => {
    if (path === CONNECTION) return watchConnections(recording, prototypeOf(exports, "Connection"));
    const channel = prototypeOf(exports, "Channel");
    watchPublished(recording, destinations, channel);
    deliveries.attachTo(channel, prototypeOf(exports, "BaseChannel"));
  };
}

/** A message of a channel and its callback, which come one after the other. */
interface Publishing {
  /** The destination of a message that was sent, for the callback that follows. */
  sent: string | undefined;
  /** The operation of a callback, for the message that follows. */
  operation: { destination: string | undefined } | undefined;
}

// `publish` and `sendToQueue` of all channels call `sendMessage`. It throws if the channel is closed or the message is missing. A
// `ConfirmChannel` adds a callback for each message: after it was sent in version 2, before in older ones.
function watchPublished(
  recording: Recording<AmqplibConfig>,
  destinations: Destinations,
  channel: object,
): void {
  const withRoutingKeys = recording.config.routingKeys === true;
  const operations = new ClientOperations(recording, destinations);
  const channels = attached<Publishing>();
  const publishingOf = (self: object): Publishing => {
    const known = channels.get(self);
    if (known !== undefined) return known;
    const publishing: Publishing = { sent: undefined, operation: undefined };
    channels.set(self, publishing);
    return publishing;
  };
  recording.after(channel, "sendMessage", (self, _result, address) => {
    const exchange = fieldOf(address, "exchange");
    const routingKey = fieldOf(address, "routingKey");
    if (typeof exchange !== "string" || typeof routingKey !== "string" || !isObject(self)) return;
    // With the default exchange, the routing key is the name of the queue.
    const ofExchange = withRoutingKeys ? `${exchange}:${routingKey}` : exchange;
    const destination = exchange === "" ? routingKey : ofExchange;
    destinations.of(destination).sent();
    const publishing = publishingOf(self);
    if (publishing.operation === undefined) publishing.sent = destination;
    else publishing.operation.destination = destination;
    publishing.operation = undefined;
  });
  const confirming = (self: object, callback: unknown): Callback => {
    const publishing = publishingOf(self);
    const stream = fieldOf(fieldOf(self, "connection"), "stream");
    const operation = {
      name: "publish",
      type: "send",
      destination: publishing.sent,
      address: fieldOf(stream, "remoteAddress"),
      port: fieldOf(stream, "remotePort"),
    } as const;
    publishing.operation = publishing.sent === undefined ? operation : undefined;
    publishing.sent = undefined;
    return operations.calledBack(operation, callback);
  };
  recording.wrap(channel, "pushConfirmCallback", (push) => {
    return function (callback) {
      const seen = isObject(this) ? recording.safely(() => confirming(this, callback)) : undefined;
      return Reflect.apply(push, this, [seen ?? callback]);
    };
  });
}

// Collapses names that the broker generates for each client.
function destinationName(given: string): string {
  if (given === "") return "amq.default";
  if (given.startsWith("amq.gen-")) return "amq.gen-*";
  return given.startsWith("amq.rabbitmq.reply-to.") ? "amq.rabbitmq.reply-to" : given;
}

// Counts connections that replace lost ones, opened by the package or by the application.
function watchConnections(recording: Recording<unknown>, connection: object): void {
  const connections = new LostConnections(recording, "rabbitmq");
  recording.wrap(connection, "open", (open) => {
    return function (fields, callback, ...rest) {
      const seen =
        isCallback(callback) &&
        seenCallback(callback, (error) => {
          if (error === null && isObject(this)) connections.opened(this);
        });
      return Reflect.apply(open, this, [fields, seen || callback, ...rest]);
    };
  });
  recording.before(connection, "toClosed", (self, _code, error) => {
    // Without an error the application has closed it.
    if (isObject(self) && error !== undefined) connections.lost(self);
  });
}
