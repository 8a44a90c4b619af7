// Messages on their way out: `publish` and `sendToQueue` of all channels come through one method.
import { type Destinations, isObject, type Recording } from "../shared/index.ts";

/** What `sendMessage` is given of a message. */
interface Address {
  readonly exchange?: unknown;
  readonly routingKey?: unknown;
}

/** Counts what is published. */
export class Publications {
  readonly #recording: Recording<unknown>;
  readonly #destinations: Destinations;
  readonly #withRoutingKeys: boolean;

  /** @param withRoutingKeys whether messages to an exchange are told apart by them. */
  constructor(recording: Recording<unknown>, destinations: Destinations, withRoutingKeys: boolean) {
    this.#recording = recording;
    this.#destinations = destinations;
    this.#withRoutingKeys = withRoutingKeys;
  }

  /** @param channel the prototype of all channels. */
  attachTo(channel: object): void {
    const recording = this.#recording;
    const sent = (address: unknown): void => this.#sent(address);
    recording.wrap(channel, "sendMessage", (sendMessage) => {
      return function (...args) {
        // What a closed channel refuses, and what is no message, throws.
        const result = Reflect.apply(sendMessage, this, args);
        try {
          sent(args[0]);
        } catch (error) {
          recording.failed(error);
        }
        return result;
      };
    });
  }

  #sent(address: unknown): void {
    if (!isObject(address)) return;
    const { exchange, routingKey }: Address = address;
    if (typeof exchange !== "string" || typeof routingKey !== "string") return;
    // By the default exchange a message goes to the queue that the routing key names.
    if (exchange === "") this.#destinations.of(routingKey).sent();
    else this.#destinations.of(this.#withRoutingKeys ? `${exchange}:${routingKey}` : exchange).sent();
  }
}
