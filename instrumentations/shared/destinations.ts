// Destinations of messages: their names and their recordings.
import type { Attributes, Counter } from "@opentelemetry/api";
import type { BoundDestination } from "../../src/facades/messaging/bound-destination.ts";
import { Messaging } from "../../src/facades/messaging/index.ts";
import { detachString } from "../../src/io/detach-string.ts";
import { BoundedNames } from "../../src/recording/bounded-names.ts";
import { counter, observableUpDownCounter } from "./instruments.ts";
import { ChosenName, remember } from "./names.ts";
import type { MessagingConfig } from "./options.ts";
import { outliving } from "./outliving.ts";
import type { Recording } from "./recording.ts";

const DEFAULT_MAX_DESTINATIONS = 100;
const DESTINATION = "messaging.destination.name";

/** Naming of an instrumentation's destinations. */
export interface DestinationNaming {
  /** Attribute `messaging.system.name`. */
  readonly system: string;
  /**
   * Returns the destination name for the library's name of a topic, queue or subject; by default that name itself.
   */
  readonly nameOf?: (given: string) => string;
  /** Further attributes of all destinations. */
  readonly attributes?: Attributes;
}

/**
 * Destinations of one instrumentation, by the library's name for them. At most 1,000 of those names are remembered.
 */
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

  /** Returns the handle to record with; the same one for the same name. */
  of(given: string): BoundDestination {
    return this.#byGiven.get(given) ?? this.#add(given);
  }

  #add(given: string): BoundDestination {
    const name = detachString(this.nameOf(given));
    const { system, attributes } = this.#naming;
    const handle = this.#byName.get(name) ?? this.messaging.destination(name, { system, attributes });
    remember(this.#byName, name, handle);
    remember(this.#byGiven, given, handle);
    return handle;
  }

  /** Returns the attributes used by {@link of}, for instruments that are not part of a facade. */
  attributesOf(given: string): Attributes {
    const { system, attributes } = this.#naming;
    return {
      ...attributes,
      "messaging.system.name": system,
      [DESTINATION]: this.#names.of(this.nameOf(given)),
    };
  }

  /** Attribute `messaging.system.name`. */
  get system(): string {
    return this.#naming.system;
  }

  /** Returns `messaging.destination.name` of `given`, before names beyond the limit become `_other`. */
  nameOf(given: string): string {
    return this.#chosen.of(given) ?? this.#naming.nameOf?.(given) ?? given;
  }
}

/**
 * Number of messages of one destination that are neither acknowledged nor refused. Increment it for each received
 * message, decrement it for each settled or lost one. A plain number, since there may be tens of thousands of
 * messages a second.
 */
export interface InFlight {
  count: number;
}

interface DestinationInFlight extends InFlight {
  /** The library's name of the destination. */
  readonly given: string;
}

// Messages are in flight longer than an instrumentation records.
const inFlightOf = outliving(() => new Set<DestinationInFlight>());

/** The metric `messages.in_flight`, with one value for each destination. */
export class InFlightMessages {
  readonly #destinations: Destinations;
  readonly #all: Set<DestinationInFlight>;
  readonly #bySeries = new Map<unknown, InFlight>();
  readonly #attributes = new Map<InFlight, Attributes>();

  /** @param expire called before each observation, to drop consumers and messages that no longer count. */
  constructor(recording: Recording<MessagingConfig>, destinations: Destinations, expire?: () => void) {
    this.#destinations = destinations;
    this.#all = inFlightOf(recording);
    for (const earlier of this.#all) {
      if (earlier.count === 0) this.#all.delete(earlier);
      else this.#attributes.set(earlier, destinations.attributesOf(earlier.given));
    }
    recording.observe(observableUpDownCounter(recording.meter, "messages.in_flight"), (result) => {
      expire?.();
      const sums = new Map<unknown, [count: number, attributes: Attributes]>();
      for (const [{ count }, attributes] of this.#attributes) {
        const series = attributes[DESTINATION];
        sums.set(series, [count + (sums.get(series)?.[0] ?? 0), attributes]);
      }
      for (const [count, attributes] of sums.values()) result.observe(count, attributes);
    });
  }

  /** Returns the number to change, the same one for the same destination. Look it up once, not for each message. */
  of(given: string): InFlight {
    const attributes = this.#destinations.attributesOf(given);
    let inFlight = this.#bySeries.get(attributes[DESTINATION]);
    if (inFlight === undefined) {
      const added = { given, count: 0 };
      this.#all.add(added);
      this.#bySeries.set(attributes[DESTINATION], (inFlight = added));
      this.#attributes.set(added, attributes);
    }
    return inFlight;
  }
}

/** Recordings for a queue or a topic that the application consumes. */
export interface ConsumedQueue {
  readonly attributes: Attributes;
  readonly destination: BoundDestination;
  readonly inFlight: InFlight;
  /** Counts a message that is returned, to be processed again. */
  readonly retried: () => void;
}

/** Queues that the application consumes. */
export class ConsumedQueues {
  readonly #destinations: Destinations;
  readonly #inFlight: InFlightMessages;
  readonly #retried: Counter;
  readonly #known = new Map<string, ConsumedQueue>();

  /** @param expire as of {@link InFlightMessages}. */
  constructor(recording: Recording<MessagingConfig>, destinations: Destinations, expire?: () => void) {
    this.#destinations = destinations;
    this.#inFlight = new InFlightMessages(recording, destinations, expire);
    this.#retried = counter(recording.meter, "messages.retried");
  }

  /** Returns the recordings of one queue, the same ones for the latest 1,000 names. */
  known(given: string): ConsumedQueue {
    const known = this.#known.get(given);
    if (known !== undefined) return known;
    const queue = this.of(given);
    remember(this.#known, given, queue);
    return queue;
  }

  /** Returns the recordings of one queue; call it once for each consumer. */
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
