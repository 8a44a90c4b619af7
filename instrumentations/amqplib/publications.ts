// Published messages: `publish` and `sendToQueue` of all channels come through one method.
import { type Destinations, fieldOf, type Recording } from "../shared/index.ts";

/**
 * Counts what is published. `channel` is the prototype of all channels. `withRoutingKeys` distinguishes messages to an
 * exchange by their routing keys.
 */
export function countPublished(
  recording: Recording<unknown>,
  destinations: Destinations,
  channel: object,
  withRoutingKeys: boolean,
): void {
  // A closed channel throws, and so does one that is given no message.
  recording.after(channel, "sendMessage", (_, [address]) => {
    const exchange = fieldOf(address, "exchange");
    const routingKey = fieldOf(address, "routingKey");
    if (typeof exchange !== "string" || typeof routingKey !== "string") return;
    // By the default exchange a message goes to the queue that the routing key names.
    if (exchange === "") destinations.of(routingKey).sent();
    else destinations.of(withRoutingKeys ? `${exchange}:${routingKey}` : exchange).sent();
  });
}

/** `messaging.destination.name` of an exchange or a queue, without the names that the broker makes up for each client. */
export function destinationName(given: string): string {
  if (given === "") return "amq.default";
  if (given.startsWith("amq.gen-")) return "amq.gen-*";
  return given.startsWith("amq.rabbitmq.reply-to.") ? "amq.rabbitmq.reply-to" : given;
}
