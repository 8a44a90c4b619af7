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
import { type CallFailure, timedCall } from "../../recording/timed-call.ts";

/** Options of `Messaging`. */
export interface MessagingOptions extends FacadeOptions {
  /** The messaging system, such as `kafka` or `mqtt`: attribute `messaging.system`. */
  readonly system?: string | undefined;
  /** Maximum number of destination names of one system; further ones are recorded as `_other`. @defaultValue 100 */
  readonly maxDestinations?: number | undefined;
  /** @internal */
  readonly events?: EventSink | undefined;
  /** @internal In place of the environment variable `OTEL_SEMCONV_STABILITY_OPT_IN`. */
  readonly semconvStabilityOptIn?: string | undefined;
}

const DEFAULT_MAX_DESTINATIONS = 100;
const MAX_SYSTEMS = 100;
const SYSTEM = "messaging.system";
const DESTINATION = "messaging.destination.name";

/**
 * Records the messages of an application, with `messaging.system` and `messaging.destination.name` if known. No call
 * throws, but `process` what its handler throws: invalid numbers are dropped, counted in `telemetry.dropped` and logged
 * once.
 *
 * `OTEL_SEMCONV_STABILITY_OPT_IN` is read when a `Messaging` is created: `messaging` replaces metrics by those of
 * OpenTelemetry's semantic conventions where these exist, `messaging/dup` records both.
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

  /** @throws OptionsError if `system` is not a text, or `maxDestinations` not a whole number above 0. */
  constructor(options: MessagingOptions = {}) {
    const { system, maxDestinations = DEFAULT_MAX_DESTINATIONS } = facadeOptions("messaging", options);
    this.#system = system;
    this.#events = options.events;
    this.#destinations = new DestinationAttributes(maxDestinations);
    this.#meter = new FacadeMeter("tachymeter.messaging", options);
    this.#instruments = createMessagingInstruments(
      this.#meter,
      options.semconvStabilityOptIn ?? process.env["OTEL_SEMCONV_STABILITY_OPT_IN"],
    );
    this.#queueSizes = new QueueSizes(this.#meter);
  }

  /** Counts messages sent, in `messages.sent`. */
  sent(destination?: string, count = 1, attributes?: Attributes): void {
    const { sent } = this.#instruments;
    if (sent.record(count, this.#attributes(sent.name, destination, attributes)))
      raiseMessages(this.#events, "messaging.sent", nameFromGiven(destination), count);
  }

  /** Counts messages received, in `messages.received`. */
  received(destination?: string, count = 1, attributes?: Attributes): void {
    const { received } = this.#instruments;
    if (received.record(count, this.#attributes(received.name, destination, attributes)))
      raiseMessages(this.#events, "messaging.received", nameFromGiven(destination), count);
  }

  /**
   * Sets the number of waiting messages of a destination and these attributes, until the next call, or a function that
   * returns it at each collection. Sizes of destinations exported as `_other` are added up. At most 10,000 are kept;
   * the oldest is dropped first.
   *
   * @returns the removal of this size, unless it was replaced.
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

  /**
   * Records the time to process one message in `message.processing.duration`. The type of an `error` other than
   * `undefined` and `null` becomes attribute `error.type`.
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
   * Runs `handler` and records its time, for a promise until it settles. Results and errors are passed through; a
   * promise comes back as one that follows it.
   */
  process<T>(destination: string | undefined, handler: () => T): T {
    return timedCall(handler, (seconds, failure) => this.#settle(destination, seconds, failure, undefined));
  }

  /** A handle for one destination, for code that records often: it looks nothing up. */
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

// The same object each time for the same destination. `_other` after the first 100 systems, and after the first `max`
// names of each system.
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

// The options may not be an object, or throw when read.
function readable(options: DestinationOptions | undefined): DestinationOptions {
  try {
    return { system: options?.system, attributes: options?.attributes };
  } catch {
    return {};
  }
}
