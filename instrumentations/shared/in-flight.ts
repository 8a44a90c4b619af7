// How many messages are in the application's hands. They come and go by the ten thousand a second, so each only moves
// a number of ours, which is looked at when somebody collects.
import type { Attributes } from "@opentelemetry/api";
import type { Destinations } from "./destinations.ts";
import type { MessagingConfig } from "./option-sets.ts";
import { inFlightCounter } from "./instruments.ts";
import type { Recording } from "./recording.ts";

/** The messages of one destination that are neither acknowledged nor refused. */
export interface InFlight {
  /** One more for each message received, one less for each that is settled or lost. */
  count: number;
}

/** The metric `messages.in_flight`: a number a destination. */
export class InFlightMessages {
  readonly #destinations: Destinations;
  readonly #bySeries = new Map<unknown, InFlight & { readonly attributes: Attributes }>();

  constructor(recording: Recording<MessagingConfig>, destinations: Destinations) {
    this.#destinations = destinations;
    const counter = inFlightCounter(recording.meter);
    const observe: Parameters<typeof counter.addCallback>[0] = (result) => {
      for (const { count, attributes } of this.#bySeries.values()) result.observe(count, attributes);
    };
    counter.addCallback(observe);
    recording.onEnd(() => counter.removeCallback(observe));
  }

  /** The number to move, the same one for the same destination. Look it up once, not for each message. */
  of(given: string): InFlight {
    const attributes = this.#destinations.attributesOf(given);
    const series = attributes["messaging.destination.name"];
    let inFlight = this.#bySeries.get(series);
    if (inFlight === undefined) this.#bySeries.set(series, (inFlight = { count: 0, attributes }));
    return inFlight;
  }
}
