import type { Attributes } from "@opentelemetry/api";
import { errorTypeOf } from "../../recording/error-type.ts";
import type { EventSink } from "../../recording/event-sink.ts";
import type { BoundRecorder } from "../../recording/bind.ts";
import {
  BoundMessageCounter,
  BoundMessageHistogram,
  type MessageRecorder,
  type MessagingInstruments,
} from "./instruments.ts";
import type { Queue, QueueSizes } from "./queue-sizes.ts";
import { assertFunction, timedCall } from "../../recording/timed-call.ts";

/** Options of `Messaging.destination`. */
export interface DestinationOptions {
  /** Messaging system; by default that of the facade. */
  readonly system?: string | undefined;
  /** Additional attributes of everything recorded on this destination. */
  readonly attributes?: Attributes | undefined;
}

/** @internal */
export interface BoundDestinationParts {
  readonly name: string | undefined;
  readonly queue: Queue;
  readonly instruments: MessagingInstruments;
  readonly queueSizes: QueueSizes;
  readonly events: EventSink | undefined;
}

/**
 * A destination of messages, from `Messaging.destination`. It keeps its series, so that recording needs no lookup and
 * no allocation. No call throws, except `process` if its handler throws.
 */
export class BoundDestination {
  readonly #name: string | undefined;
  readonly #queue: Queue;
  readonly #processing: MessageRecorder<BoundRecorder>;
  readonly #queueSizes: QueueSizes;
  readonly #events: EventSink | undefined;
  readonly #sent: BoundMessageCounter;
  readonly #received: BoundMessageCounter;
  readonly #processed: BoundMessageHistogram;
  readonly #processedNanos: BoundMessageHistogram;

  /** @internal */
  constructor({ name, queue, instruments, queueSizes, events }: BoundDestinationParts) {
    this.#name = name;
    this.#queue = queue;
    this.#queueSizes = queueSizes;
    this.#events = events;
    this.#sent = new BoundMessageCounter(instruments.sent, queue.attributes);
    this.#received = new BoundMessageCounter(instruments.received, queue.attributes);
    this.#processed = new BoundMessageHistogram(instruments.processed, queue.attributes, "s");
    this.#processedNanos = new BoundMessageHistogram(instruments.processed, queue.attributes, "ns");
    this.#processing = instruments.processed;
  }

  /** Counts sent messages. */
  sent(count = 1): void {
    if (this.#sent.record(count) && this.#events)
      raiseMessages(this.#events, "messaging.sent", this.#name, count);
  }

  /** Counts received messages. */
  received(count = 1): void {
    if (this.#received.record(count) && this.#events)
      raiseMessages(this.#events, "messaging.received", this.#name, count);
  }

  /**
   * Records the time to process one message. If `error` is neither `undefined` nor `null`, its type becomes attribute
   * `error.type`.
   */
  processed(seconds: number, error?: unknown): void {
    if (error === undefined || error === null) this.#succeeded(seconds);
    else this.#failed(seconds, error);
  }

  /** @internal Like {@link processed}, in whole nanoseconds. Below 2 ** 31 (2 s) they leave no garbage. */
  processedNanos(nanos: number, error?: unknown): void {
    if (error !== undefined && error !== null) this.#failed(nanos / 1e9, error);
    else if (this.#processedNanos.record(nanos)) this.#raiseProcessed(nanos, 1e9);
  }

  /** Runs `handler` and records its time; if it returns a promise, until that settles. See `Messaging.process`. */
  process<T>(handler: () => T): T {
    assertFunction("messaging.process: handler", handler);
    return timedCall(handler, (seconds, failure) => {
      if (failure === undefined) this.#succeeded(seconds);
      else this.#failed(seconds, failure.error);
    });
  }

  /**
   * Sets the number of waiting messages, or a function that returns it. See `Messaging.queueSize`.
   *
   * @returns a function that removes this size.
   */
  queueSize(size: number | (() => number)): () => void {
    const remove = this.#queueSizes.set(this.#queue, size);
    if (typeof size === "number") raiseMessages(this.#events, "messaging.queue_size", this.#name, size);
    return remove;
  }

  #succeeded(seconds: number): void {
    if (this.#processed.record(seconds)) this.#raiseProcessed(seconds);
  }

  #failed(seconds: number, error: unknown): void {
    const attributes = { ...this.#queue.attributes, "error.type": errorTypeOf(error) };
    if (this.#processing.record(seconds, attributes)) this.#raiseProcessed(seconds);
  }

  // Checks for listeners first, since a number with a fraction is allocated when one function passes it to another.
  #raiseProcessed(time: number, perSecond = 1): void {
    if (!this.#events?.listens("messaging.processed")) return;
    raiseMessages(this.#events, "messaging.processed", this.#name, time / perSecond);
  }
}

const FIELDS = {
  "messaging.sent": "count",
  "messaging.received": "count",
  "messaging.queue_size": "size",
  "messaging.processed": "seconds",
} as const;

/** Raises an event of a destination, if there is a hook for it. */
export function raiseMessages(
  events: EventSink | undefined,
  type: keyof typeof FIELDS,
  destination: string | undefined,
  value: number,
): void {
  if (!events?.listens(type)) return;
  events.raise(type, { ...(destination !== undefined && { destination }), [FIELDS[type]]: value });
}
