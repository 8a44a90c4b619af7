import { Destinations } from "../shared/destinations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { isCallback, seenCallback } from "../shared/observed.ts";
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
    countPublished(recording, destinations, channel);
    deliveries.attachTo(channel, prototypeOf(exports, "BaseChannel"));
  };
}

// `publish` and `sendToQueue` of all channels call this method. It throws if the channel is closed or the message is
// missing.
function countPublished(
  recording: Recording<AmqplibConfig>,
  destinations: Destinations,
  channel: object,
): void {
  const withRoutingKeys = recording.config.routingKeys === true;
  recording.after(channel, "sendMessage", (_, _result, address) => {
    const exchange = fieldOf(address, "exchange");
    const routingKey = fieldOf(address, "routingKey");
    if (typeof exchange !== "string" || typeof routingKey !== "string") return;
    // With the default exchange, the routing key is the name of the queue.
    if (exchange === "") destinations.of(routingKey).sent();
    else destinations.of(withRoutingKeys ? `${exchange}:${routingKey}` : exchange).sent();
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
