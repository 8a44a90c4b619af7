import { currentEnvironment } from "../../options/environment.ts";
import { facadeOptions } from "../../options/facades.ts";
import type { Attributes } from "@opentelemetry/api";
import { withOwnAttributes } from "../../recording/attributes.ts";
import { boundedName } from "../../recording/bounded-names.ts";
import { BoundDestination, type DestinationOptions, raiseMessages } from "./bound-destination.ts";
import { errorTypeOf } from "../../recording/error-type.ts";
import type { EventSink } from "../../recording/event-sink.ts";
import { FacadeMeter, type FacadeOptions } from "../../recording/facade-meter.ts";
import { nameFromGiven } from "../../recording/given-name.ts";
import { createMessagingInstruments, type MessagingInstruments } from "./instruments.ts";
import { type Queue, QUEUE_SIZE, queueFrom, QueueSizes } from "./queue-sizes.ts";
import { type CallFailure, assertFunction, timedCall } from "../../recording/timed-call.ts";

/** Options of `Messaging`. */
export interface MessagingOptions extends FacadeOptions {
  /** Messaging system, such as `kafka` or `mqtt`: attribute `messaging.system.name`. */
  readonly system?: string | undefined;
  /**
   * Maximum number of destination names of one system; further names are recorded as `_other`.
   *
   * @defaultValue 100
   */
  readonly maxDestinations?: number | undefined;
  /** @internal */
  readonly events?: EventSink | undefined;
  /** @internal Replaces the environment variable `OTEL_SEMCONV_STABILITY_OPT_IN`. */
  readonly semconvStabilityOptIn?: string | undefined;
}

const DEFAULT_MAX_DESTINATIONS = 100;
const MAX_SYSTEMS = 100;
const SYSTEM = "messaging.system.name";
const DESTINATION = "messaging.destination.name";

/**
 * Records the messages of an application, with `messaging.system.name` and `messaging.destination.name` if they are known.
 * Invalid numbers are dropped, counted in `telemetry.dropped` and logged once. No call throws, except `process` if its
 * handler throws.
 *
 * `OTEL_SEMCONV_STABILITY_OPT_IN` is read when a `Messaging` is created. With `messaging`, the metrics of
 * OpenTelemetry's semantic conventions replace those for which they exist; with `messaging/dup`, both are recorded.
 *
 * @example
 * const messaging = new Messaging({ system: "mqtt" });
 * messaging.sent("jobs");
 * const answer = await messaging.process("jobs", async () => handle(message));
 */
export class Messaging {
  readonly #system: string | undefined;
  readonly #meter: FacadeMeter;
  readonly #events: EventSink | undefined;
  readonly #destinations: DestinationAttributes;
  readonly #instruments: MessagingInstruments;
  readonly #queueSizes: QueueSizes;

  /**
   * Creates the facade.
   *
   * @throws OptionsError if `system` is not a string, or `maxDestinations` not a whole number above 0.
   */
  constructor(options: MessagingOptions = {}) {
    const { system, maxDestinations = DEFAULT_MAX_DESTINATIONS } = facadeOptions("messaging", options);
    this.#system = system;
    this.#events = options.events;
    this.#destinations = new DestinationAttributes(maxDestinations);
    this.#meter = new FacadeMeter("tachymeter.messaging", options);
    this.#instruments = createMessagingInstruments(
      this.#meter,
      options.semconvStabilityOptIn ?? currentEnvironment()["OTEL_SEMCONV_STABILITY_OPT_IN"],
    );
    this.#queueSizes = new QueueSizes(this.#meter);
  }

  /** Counts sent messages in `messages.sent`. */
  sent(destination?: string, count = 1, attributes?: Attributes): void {
    const { sent } = this.#instruments;
    if (sent.record(count, this.#attributes(sent.name, destination, attributes)))
      raiseMessages(this.#events, "messaging.sent", nameFromGiven(destination), count);
  }

  /** Counts received messages in `messages.received`. */
  received(destination?: string, count = 1, attributes?: Attributes): void {
    const { received } = this.#instruments;
    if (received.record(count, this.#attributes(received.name, destination, attributes)))
      raiseMessages(this.#events, "messaging.received", nameFromGiven(destination), count);
  }

  /**
   * Sets the number of waiting messages of a destination with these attributes. A number holds until the next call; a
   * function is called at each collection. Sizes of destinations that are exported as `_other` are added up. At most
   * 10,000 sizes are kept; the oldest is dropped first.
   *
   * @returns a function that removes this size, unless it was replaced.
   */
  queueSize(
    destination: string | undefined,
    size: number | (() => number),
    attributes?: Attributes,
  ): () => void {
    const remove = this.#queueSizes.set(this.#queue(this.#system, destination, attributes), size);
    if (typeof size === "number")
      raiseMessages(this.#events, "messaging.queue_size", nameFromGiven(destination), size);
    return remove;
  }

  /** @internal Adds `difference` to the number that was last set for these attributes, or to 0. */
  adjustQueueSize(difference: number, destination: string | undefined, attributes: Attributes): void {
    const queue = this.#queue(this.#system, destination, attributes);
    this.queueSize(destination, this.#queueSizes.numberOf(queue) + difference, attributes);
  }

  /**
   * Records the time to process one message in `message.processing.duration`. If `error` is neither `undefined` nor
   * `null`, its type becomes attribute `error.type`.
   */
  processed(
    destination: string | undefined,
    seconds: number,
    error?: unknown,
    attributes?: Attributes,
  ): void {
    const failure = error === undefined || error === null ? undefined : { error };
    this.#settle(destination, seconds, failure, attributes);
  }

  /**
   * Runs `handler` and records its time; if it returns a promise, until that settles. Results and errors are passed
   * through; instead of a promise, another one with the same outcome is returned.
   */
  process<T>(destination: string | undefined, handler: () => T): T {
    assertFunction("messaging.process: handler", handler);
    return timedCall(handler, (seconds, failure) => this.#settle(destination, seconds, failure, undefined));
  }

  /** Returns a handle for one destination, which needs no lookup: for code that records often. */
  destination(name: string, options?: DestinationOptions): BoundDestination {
    const { system: given, attributes } = readable(options);
    const system = nameFromGiven(given) ?? this.#system;
    return new BoundDestination({
      name: nameFromGiven(name),
      queue: this.#queue(system, name, attributes),
      instruments: this.#instruments,
      queueSizes: this.#queueSizes,
      events: this.#events,
    });
  }

  #settle(
    destination: string | undefined,
    seconds: number,
    failure: CallFailure | undefined,
    given: Attributes | undefined,
  ): void {
    const { processed } = this.#instruments;
    const attributes = this.#attributes(processed.name, destination, given);
    const recorded = processed.record(
      seconds,
      failure === undefined ? attributes : { ...attributes, "error.type": errorTypeOf(failure.error) },
    );
    if (recorded) raiseMessages(this.#events, "messaging.processed", nameFromGiven(destination), seconds);
  }

  #queue(system: string | undefined, destination: unknown, given: unknown): Queue {
    const attributes = this.#attributes(QUEUE_SIZE, destination, given, system);
    return queueFrom(system, nameFromGiven(destination), attributes);
  }

  #attributes(instrument: string, destination: unknown, given: unknown, system = this.#system): Attributes {
    const name = this.#meter.labelFrom(destination, instrument, DESTINATION);
    const own = this.#destinations.of(system, name);
    if (given === undefined) return own;
    return withOwnAttributes(own, given, (key) => this.#meter.dropped.label(instrument, "invalid", key));
  }
}

// Returns the same object each time for the same destination. Systems after the first 100, and names after the first
// `max` of each system, become `_other`.
class DestinationAttributes {
  readonly #max: number;
  readonly #bySystem = new Map<string | undefined, Map<string | undefined, Attributes>>();

  constructor(max: number) {
    this.#max = max;
  }

  of(system: string | undefined, name: string | undefined): Attributes {
    const exportedSystem = boundedName(this.#bySystem, system, MAX_SYSTEMS);
    let byName = this.#bySystem.get(exportedSystem);
    if (byName === undefined) this.#bySystem.set(exportedSystem, (byName = new Map()));
    const exportedName = boundedName(byName, name, this.#max);
    let attributes = byName.get(exportedName);
    if (attributes === undefined) {
      attributes = Object.freeze({
        ...(exportedSystem === undefined ? {} : { [SYSTEM]: exportedSystem }),
        ...(exportedName === undefined ? {} : { [DESTINATION]: exportedName }),
      });
      byName.set(exportedName, attributes);
    }
    return attributes;
  }
}

// `options` may be of another type, or throw when read.
function readable(options: DestinationOptions | undefined): DestinationOptions {
  try {
    return { system: options?.system, attributes: options?.attributes };
  } catch {
    return {};
  }
}
