// What an application sends, receives, processes and has waiting in its queues.
import { show } from "../../diagnostics/show.ts";
import type { Attributes } from "@opentelemetry/api";
import { withOwnAttributes } from "../../recording/attributes.ts";
import { BoundDestination, type DestinationOptions } from "./bound-destination.ts";
import { DestinationAttributes } from "./destination-attributes.ts";
import { errorTypeOf } from "../../recording/error-type.ts";
import type { EventSink } from "../../recording/event-sink.ts";
import { FacadeMeter, type FacadeOptions } from "../../recording/facade-meter.ts";
import { FacadeOptionsError } from "../../recording/facade-options-error.ts";
import { nameFromGiven } from "../../recording/given-name.ts";
import { createMessagingInstruments, type MessagingInstruments } from "./instruments.ts";
import { type Queue, QUEUE_SIZE, queueFrom, QueueSizes } from "./queue-sizes.ts";
import { type CallFailure, timedCall } from "../../recording/timed-call.ts";

/** What a `Messaging` takes. */
export interface MessagingOptions extends FacadeOptions {
  /** The messaging system, such as `kafka` or `mqtt`: attribute `messaging.system`. */
  readonly system?: string | undefined;
  /**
   * How many destination names of one system are kept apart; further ones are recorded as `_other`.
   *
   * @defaultValue 100
   */
  readonly maxDestinations?: number | undefined;
  /** @internal */
  readonly events?: EventSink | undefined;
  /** @internal In place of the environment variable `OTEL_SEMCONV_STABILITY_OPT_IN`. */
  readonly semconvStabilityOptIn?: string | undefined;
}

const DEFAULT_MAX_DESTINATIONS = 100;

/**
 * Records the messages of an application, with the attributes `messaging.system` and `messaging.destination.name`
 * where they are known. No call ever throws but what a handler throws: what is no number is dropped, counted in
 * `telemetry.dropped` and logged once.
 *
 * `OTEL_SEMCONV_STABILITY_OPT_IN` is read when a `Messaging` is made: with `messaging`, the metrics of OpenTelemetry's
 * semantic conventions take the place of ours where there is one for the same thing; with `messaging/dup`, both are
 * recorded.
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

  /** @throws FacadeOptionsError where `system` is no text, or `maxDestinations` no whole number above 0. */
  constructor(options: MessagingOptions = {}) {
    checkOptions(options);
    this.#system = options.system;
    this.#events = options.events;
    this.#destinations = new DestinationAttributes(options.maxDestinations ?? DEFAULT_MAX_DESTINATIONS);
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
    if (!sent.record(count, this.#attributes(sent.name, destination, attributes))) return;
    if (this.#events?.listens("messaging.sent")) this.#raise("messaging.sent", destination, { count });
  }

  /** Counts messages received, in `messages.received`. */
  received(destination?: string, count = 1, attributes?: Attributes): void {
    const { received } = this.#instruments;
    if (!received.record(count, this.#attributes(received.name, destination, attributes))) return;
    if (this.#events?.listens("messaging.received")) {
      this.#raise("messaging.received", destination, { count });
    }
  }

  /**
   * Tells how many messages wait, or how to find out: a number holds until the next one, a function is called at each
   * collection. It takes the place of what was told of this destination with the same attributes before. Sizes of
   * destinations that are exported as `_other` are added up. At most 10,000 are kept; the one told of longest ago goes.
   *
   * @returns the removal of this size, if no other one took its place.
   */
  queueSize(
    destination: string | undefined,
    size: number | (() => number),
    attributes?: Attributes,
  ): () => void {
    const remove = this.#queueSizes.set(this.#queue(this.#system, destination, attributes), size);
    if (typeof size === "number" && this.#events?.listens("messaging.queue_size")) {
      this.#raise("messaging.queue_size", destination, { size });
    }
    return remove;
  }

  /**
   * Records how long one message took to process, in `message.processing.duration`. `error` is what the processing
   * failed with: its type becomes attribute `error.type`; `undefined` and `null` mean that it succeeded.
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
   * Runs `handler` and records how long it took, for a promise until it is settled. What the handler gives, throws or
   * rejects with comes through unchanged; a promise comes back as one that follows it.
   */
  process<T>(destination: string | undefined, handler: () => T): T {
    return timedCall(handler, (seconds, failure) => this.#settle(destination, seconds, failure, undefined));
  }

  /** A handle for one destination, for code that records much there: it looks nothing up. */
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
    if (recorded && this.#events?.listens("messaging.processed")) {
      this.#raise("messaging.processed", destination, { seconds });
    }
  }

  #queue(system: string | undefined, destination: unknown, given: unknown): Queue {
    const attributes = this.#attributes(QUEUE_SIZE, destination, given, system);
    return queueFrom(system, nameFromGiven(destination), attributes);
  }

  #attributes(instrument: string, destination: unknown, given: unknown, system = this.#system): Attributes {
    const name = nameFromGiven(destination);
    if (name === undefined && destination !== undefined && destination !== null) {
      this.#meter.drops.label(instrument, "invalid", "messaging.destination.name");
    }
    const own = this.#destinations.of(system, name);
    if (given === undefined) return own;
    return withOwnAttributes(own, given, (key) => this.#meter.drops.label(instrument, "invalid", key));
  }

  #raise(type: string, destination: unknown, data: Readonly<Record<string, unknown>>): void {
    const name = nameFromGiven(destination);
    this.#events?.raise(type, name === undefined ? data : { destination: name, ...data });
  }
}

// The options may be no object, or one that throws at a look.
function readable(options: DestinationOptions | undefined): DestinationOptions {
  try {
    return { system: options?.system, attributes: options?.attributes };
  } catch {
    return {};
  }
}

function checkOptions({ system, maxDestinations }: MessagingOptions): void {
  const problems: string[] = [];
  if (system !== undefined && (typeof system !== "string" || system === "")) {
    problems.push(
      `messaging option "system": ${show(system)} is no name; give the messaging system's, such as "kafka", or leave it out`,
    );
  }
  if (maxDestinations !== undefined && !(Number.isInteger(maxDestinations) && maxDestinations > 0)) {
    problems.push(
      `messaging option "maxDestinations": ${show(maxDestinations)} is no whole number above 0; give how many destinations of one system to keep apart, such as ${DEFAULT_MAX_DESTINATIONS}`,
    );
  }
  if (problems.length > 0) throw new FacadeOptionsError(problems.join("\n"));
}
