// The messages of the `amqplib` package's channels, where its two interfaces, promises and callbacks, become one.
import {
  type Attach,
  Destinations,
  LibraryInstrumentation,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { Deliveries } from "./deliveries.ts";
import { destinationName } from "./destination-name.ts";
import { Publications } from "./publications.ts";
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
  const publications = new Publications(recording, destinations, recording.config.routingKeys === true);
  const deliveries = new Deliveries(recording, destinations);
  return (exports, { path }) => {
    if (path === CONNECTION) return watchConnections(recording, prototypeOf(exports, "Connection"));
    publications.attachTo(prototypeOf(exports, "Channel"));
    deliveries.attachTo(prototypeOf(exports, "Channel"), prototypeOf(exports, "BaseChannel"));
  };
}
