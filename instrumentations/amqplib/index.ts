import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig, flagOption } from "../shared/options.ts";

const VERSIONS = [">=0.8.0 <3"];
const CHANNEL = "lib/channel.js";
export const CONNECTION = "lib/connection.js";

/** `destination` names an exchange, and a queue; default: the name itself, without what the broker has made up. */
export interface AmqplibConfig extends MessagingConfig {
  /**
   * Whether messages to an exchange are counted by exchange and routing key: `orders:paid`. Only for few routing keys.
   *
   * @defaultValue false
   */
  routingKeys?: boolean;
}

/** The instrumentation of `amqplib`. */
export const amqplib: Instrumented<AmqplibConfig> = {
  name: "amqplib",
  options: { ...MESSAGING_OPTIONS, routingKeys: flagOption },
  files: [CHANNEL, CONNECTION].map((path) => ({ library: "amqplib", path, versions: VERSIONS })),
};
