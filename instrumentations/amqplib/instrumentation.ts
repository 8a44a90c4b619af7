// The messages of the `amqplib` package's channels, where its two interfaces, promises and callbacks, become one.
import {
  type Attach,
  Destinations,
  LibraryInstrumentation,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { Deliveries } from "./deliveries.ts";
import { countPublished, destinationName } from "./publications.ts";
import { watchConnections } from "./reconnects.ts";
import { amqplib, type AmqplibInstrumentationConfig, CONNECTION } from "./index.ts";

/**
 * Records what the channels of the `amqplib` package publish, receive, acknowledge and refuse.
 *
 * @example
 * new AmqplibInstrumentation({ messaging, routingKeys: true });
 */
export class AmqplibInstrumentation extends LibraryInstrumentation<AmqplibInstrumentationConfig> {
  constructor(config: AmqplibInstrumentationConfig = {}) {
    super(amqplib, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<AmqplibInstrumentationConfig>): Attach {
  const destinations = new Destinations(recording, { system: "rabbitmq", nameOf: destinationName });
  const deliveries = new Deliveries(recording, destinations);
  return (exports, { path }) => {
    if (path === CONNECTION) return watchConnections(recording, prototypeOf(exports, "Connection"));
    const channel = prototypeOf(exports, "Channel");
    countPublished(recording, destinations, channel, recording.config.routingKeys === true);
    deliveries.attachTo(channel, prototypeOf(exports, "BaseChannel"));
  };
}
