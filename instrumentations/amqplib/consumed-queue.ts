// A queue from which the application gets messages, with all that is recorded of them.
import type { Counter } from "@opentelemetry/api";
import type { BoundDestination } from "../../src/facades/index.ts";
import {
  type Destinations,
  type InFlight,
  InFlightMessages,
  type MessagingConfig,
  type Recording,
  retriedCounter,
} from "../shared/index.ts";

/** What is recorded of one queue. */
export interface ConsumedQueue {
  readonly destination: BoundDestination;
  readonly inFlight: InFlight;
  /** A message of it was refused and goes back. */
  readonly retried: () => void;
}

/** Makes what is recorded of queues. */
export class ConsumedQueues {
  readonly #destinations: Destinations;
  readonly #inFlight: InFlightMessages;
  readonly #retried: Counter;

  constructor(recording: Recording<MessagingConfig>, destinations: Destinations) {
    this.#destinations = destinations;
    this.#inFlight = new InFlightMessages(recording, destinations);
    this.#retried = retriedCounter(recording.meter);
  }

  /** What to record of one queue; ask once for each consumer. */
  of(name: string): ConsumedQueue {
    const attributes = this.#destinations.attributesOf(name);
    return {
      destination: this.#destinations.of(name),
      inFlight: this.#inFlight.of(name),
      retried: () => this.#retried.add(1, attributes),
    };
  }
}
