// From what a message carries to the series it is counted in.
import type { Attributes } from "@opentelemetry/api";
import { type BoundDestination, Messaging } from "../../src/facades/index.ts";
import { BoundedNames } from "../../src/recording/bounded-names.ts";
import { ChosenName } from "./chosen-name.ts";
import type { MessagingConfig } from "./option-sets.ts";
import type { Recording } from "./recording.ts";
import { remember } from "./remembered.ts";

const DEFAULT_MAX_DESTINATIONS = 100;

/** How an instrumentation names its destinations. */
export interface DestinationNaming {
  /** Attribute `messaging.system`. */
  readonly system: string;
  /** The destination's name of what the library calls it, a topic, a queue, a subject; without it that very name. */
  readonly nameOf?: (given: string) => string;
  /** Further attributes of all of them. */
  readonly attributes?: Attributes;
}

/** The destinations of one instrumentation, by what the library calls them. Remembers at most 1,000 of those. */
export class Destinations {
  /** The facade to record with where no destination is known. */
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
    this.#chosen = new ChosenName({
      instrumentation: recording.name,
      option: "destination",
      choose: config.destination,
      otherwise: "what it fails for is named by the default",
    });
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
    const chosen = this.#chosen.of(given);
    if (chosen !== undefined) return chosen;
    const { nameOf } = this.#naming;
    return nameOf === undefined ? given : nameOf(given);
  }
}
