// The destinations of messages: their names, and what is recorded of each.
import type { Attributes, Counter } from "@opentelemetry/api";
import { type BoundDestination, Messaging } from "../../src/facades/index.ts";
import { BoundedNames } from "../../src/recording/bounded-names.ts";
import { counter, observableUpDownCounter } from "./instruments.ts";
import { ChosenName, remember } from "./names.ts";
import type { MessagingConfig } from "./options.ts";
import type { Recording } from "./recording.ts";

const DEFAULT_MAX_DESTINATIONS = 100;

/** How an instrumentation names its destinations. */
export interface DestinationNaming {
  /** Attribute `messaging.system`. */
  readonly system: string;
  /** Returns the name of what the library calls a topic, a queue or a subject; by default that very name. */
  readonly nameOf?: (given: string) => string;
  /** Further attributes of all of them. */
  readonly attributes?: Attributes;
}

/** The destinations of one instrumentation, by what the library calls them. Remembers at most 1,000 of those. */
export class Destinations {
  readonly messaging: Messaging;
  readonly #naming: DestinationNaming;
  readonly #byGiven = new Map<string, BoundDestination>();
  readonly #byName = new Map<string, BoundDestination>();
  readonly #names: BoundedNames;
  readonly #chosen: ChosenName<string>;

  constructor(recording: Recording<MessagingConfig>, naming: DestinationNaming) {
    const { config, meterProvider } = recording;
    const { maxDestinations = DEFAULT_MAX_DESTINATIONS } = config;
    this.messaging = config.messaging ?? new Messaging({ meterProvider, maxDestinations });
    this.#names = new BoundedNames(maxDestinations);
    this.#naming = naming;
    this.#chosen = new ChosenName(recording, "destination", config.destination);
  }

  /** The handle to record with; the same one for the same name. */
  of(given: string): BoundDestination {
    return this.#byGiven.get(given) ?? this.#add(given);
  }

  #add(given: string): BoundDestination {
    const name = this.nameOf(given);
    const { system, attributes } = this.#naming;
    const handle = this.#byName.get(name) ?? this.messaging.destination(name, { system, attributes });
    remember(this.#byName, name, handle);
    remember(this.#byGiven, given, handle);
    return handle;
  }

  /** The same attributes as those of {@link of}, for instruments that no facade has. */
  attributesOf(given: string): Attributes {
    const { system, attributes } = this.#naming;
    return {
      ...attributes,
      "messaging.system": system,
      "messaging.destination.name": this.#names.of(this.nameOf(given)),
    };
  }

  /** Attribute `messaging.destination.name` of `given`, before names beyond the limit become `_other`. */
  nameOf(given: string): string {
    return this.#chosen.of(given) ?? this.#naming.nameOf?.(given) ?? given;
  }
}

/**
 * The messages of one destination that are neither acknowledged nor refused: one more for each message received, one
 * less for each that is settled or lost. A number alone, since messages come by the ten thousand a second.
 */
export interface InFlight {
  count: number;
}

/** The metric `messages.in_flight`: a number a destination. */
export class InFlightMessages {
  readonly #destinations: Destinations;
  readonly #bySeries = new Map<unknown, InFlight & { readonly attributes: Attributes }>();

  constructor(recording: Recording<MessagingConfig>, destinations: Destinations) {
    this.#destinations = destinations;
    recording.observe(observableUpDownCounter(recording.meter, "messages.in_flight"), (result) => {
      for (const { count, attributes } of this.#bySeries.values()) result.observe(count, attributes);
    });
  }

  /** The number to change, the same one for the same destination. Look it up once, not for each message. */
  of(given: string): InFlight {
    const attributes = this.#destinations.attributesOf(given);
    const series = attributes["messaging.destination.name"];
    let inFlight = this.#bySeries.get(series);
    if (inFlight === undefined) this.#bySeries.set(series, (inFlight = { count: 0, attributes }));
    return inFlight;
  }
}

/** What is recorded of a queue or a topic that the application consumes. */
export interface ConsumedQueue {
  readonly attributes: Attributes;
  readonly destination: BoundDestination;
  readonly inFlight: InFlight;
  /** A message of it goes back, to be processed once more. */
  readonly retried: () => void;
}

/** The queues that the application consumes. */
export class ConsumedQueues {
  readonly #destinations: Destinations;
  readonly #inFlight: InFlightMessages;
  readonly #retried: Counter;

  constructor(recording: Recording<MessagingConfig>, destinations: Destinations) {
    this.#destinations = destinations;
    this.#inFlight = new InFlightMessages(recording, destinations);
    this.#retried = counter(recording.meter, "messages.retried");
  }

  /** What to record of one queue; ask once for each consumer. */
  of(given: string): ConsumedQueue {
    const attributes = this.#destinations.attributesOf(given);
    return {
      attributes,
      destination: this.#destinations.of(given),
      inFlight: this.#inFlight.of(given),
      retried: () => this.#retried.add(1, attributes),
    };
  }
}
