// The messages of the `amqplib` package's channels, where its two interfaces, promises and callbacks, become one.
import {
  type Attach,
  Destinations,
  flagOption,
  type InstrumentedFile,
  LibraryInstrumentation,
  MESSAGING_OPTIONS,
  type MessagingConfig,
  type OptionChecks,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { Deliveries } from "./deliveries.ts";
import { destinationName } from "./destination-name.ts";
import { Publications } from "./publications.ts";
import { watchConnections } from "./reconnects.ts";

const VERSIONS = [">=0.8.0 <3"];
const CHANNEL = "lib/channel.js";
const CONNECTION = "lib/connection.js";

/** `destination` names an exchange, and a queue; default: the name itself, without what the broker has made up. */
export interface AmqplibInstrumentationConfig extends MessagingConfig {
  /**
   * Has messages to an exchange counted by exchange and routing key: `orders:paid`. Only where routing keys are few.
   *
   * @defaultValue false
   */
  routingKeys?: boolean;
}

/**
 * Records what the channels of the `amqplib` package publish, receive, acknowledge and refuse.
 *
 * @example
 * new AmqplibInstrumentation({ messaging, routingKeys: true });
 */
export class AmqplibInstrumentation extends LibraryInstrumentation<AmqplibInstrumentationConfig> {
  static readonly options: OptionChecks<AmqplibInstrumentationConfig> = {
    ...MESSAGING_OPTIONS,
    routingKeys: flagOption,
  };

  constructor(config: AmqplibInstrumentationConfig = {}) {
    super("amqplib", config, AmqplibInstrumentation.options);
  }

  protected override files(): readonly InstrumentedFile[] {
    return [CHANNEL, CONNECTION].map((path) => ({ library: "amqplib", path, versions: VERSIONS }));
  }

  protected override begin(recording: Recording<AmqplibInstrumentationConfig>): Attach {
    const destinations = new Destinations(recording, { system: "rabbitmq", nameOf: destinationName });
    const publications = new Publications(recording, destinations, recording.config.routingKeys === true);
    const deliveries = new Deliveries(recording, destinations);
    return (exports, { path }) => {
      if (path === CONNECTION) return watchConnections(recording, prototypeOf(exports, "Connection"));
      publications.attachTo(prototypeOf(exports, "Channel"));
      deliveries.attachTo(prototypeOf(exports, "Channel"), prototypeOf(exports, "BaseChannel"));
    };
  }
}
