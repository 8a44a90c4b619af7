import type { Attributes } from "@opentelemetry/api";
import type { DroppedMeasurements } from "../../diagnostics/dropped-measurements.ts";
import type { BoundCounter, BoundRecorder } from "../../recording/bind.ts";
import type { FacadeMeter } from "../../recording/facade-meter.ts";
import { isAmount, refuseAmount } from "../../recording/guarded-instruments.ts";

/** Instruments of a `Messaging` and its destinations. */
export interface MessagingInstruments {
  readonly sent: MessageRecorder<BoundCounter>;
  readonly received: MessageRecorder<BoundCounter>;
  readonly processed: MessageRecorder<BoundRecorder>;
}

type NameAndDescription = readonly [name: string, description: string];

// Our metric, the metric of the semantic conventions, and the conventions' name of the operation.
type Metric = readonly [ours: NameAndDescription, standard: NameAndDescription, operation: string];

const SENT: Metric = [
  ["messages.sent", "Messages sent."],
  ["messaging.client.sent.messages", "Number of messages producer attempted to send to the broker."],
  "send",
];
const RECEIVED: Metric = [
  ["messages.received", "Messages received."],
  ["messaging.client.consumed.messages", "Number of messages that were delivered to the application."],
  "receive",
];
const PROCESSED: Metric = [
  ["message.processing.duration", "Time to process one message."],
  ["messaging.process.duration", "Duration of processing operation."],
  "process",
];

// An instrument, and the attributes that each measurement gets unless it has them.
interface MessageInstrument<Handle> {
  readonly defaults?: Attributes;
  record(value: number, attributes: Attributes): void;
  bind(attributes: Attributes, unit: DurationUnit): Handle;
}

/** Unit of the values that a handle of a histogram takes; both are recorded in seconds. See `boundNanos`. */
type DurationUnit = "s" | "ns";

/**
 * Creates the instruments. `stabilityOptIn` is a list as in `OTEL_SEMCONV_STABILITY_OPT_IN`: `messaging` selects the
 * metrics of the semantic conventions, `messaging/dup` selects both.
 *
 * @see OpenTelemetry semantic conventions, "Messaging client metrics"
 */
export function createMessagingInstruments(
  meter: FacadeMeter,
  stabilityOptIn: string | undefined,
): MessagingInstruments {
  const choices = new Set(
    stabilityOptIn
      ?.toLowerCase()
      .split(",")
      .map((choice) => choice.trim()),
  );
  const recorder = <Handle>(
    [ours, standard, operation]: Metric,
    make: (...[name, description]: NameAndDescription) => MessageInstrument<Handle>,
  ): MessageRecorder<Handle> => {
    const theirs = (): MessageInstrument<Handle> => ({
      ...make(...standard),
      defaults: { "messaging.operation.name": operation },
    });
    if (choices.has("messaging/dup")) {
      return new MessageRecorder(meter.dropped, ours[0], make(...ours), theirs());
    }
    return choices.has("messaging")
      ? new MessageRecorder(meter.dropped, standard[0], theirs())
      : new MessageRecorder(meter.dropped, ours[0], make(...ours));
  };
  const counter = (...[name, description]: NameAndDescription): MessageInstrument<BoundCounter> => {
    const made = meter.counter(name, "{message}", description);
    return {
      record: (value, attributes) => made.add(value, attributes),
      bind: (attributes) => made.bind(attributes),
    };
  };
  return {
    sent: recorder(SENT, counter),
    received: recorder(RECEIVED, counter),
    processed: recorder(PROCESSED, (...[name, description]) => {
      const made = meter.durations(name, description);
      return {
        record: (value, attributes) => made.record(value, attributes),
        bind: (attributes, unit) => (unit === "ns" ? made.bindNanos(attributes) : made.bind(attributes)),
      };
    }),
  };
}

/** Records to one or two instruments. An invalid value is counted as dropped only once. */
export class MessageRecorder<Handle> {
  /** Name of the instrument in logs of dropped values. */
  readonly name: string;
  readonly #dropped: DroppedMeasurements;
  readonly #first: MessageInstrument<Handle>;
  readonly #second: MessageInstrument<Handle> | undefined;

  constructor(
    dropped: DroppedMeasurements,
    name: string,
    first: MessageInstrument<Handle>,
    second?: MessageInstrument<Handle>,
  ) {
    this.name = name;
    this.#dropped = dropped;
    this.#first = first;
    this.#second = second;
  }

  /** Records `value`, or drops it if it is invalid. Returns whether it was recorded. */
  record(value: number, attributes: Attributes): boolean {
    if (!isAmount(value)) return this.refuse(value);
    recordTo(this.#first, value, attributes);
    if (this.#second !== undefined) recordTo(this.#second, value, attributes);
    return true;
  }

  /** Counts and logs an invalid value. */
  refuse(value: unknown): false {
    refuseAmount(this.#dropped, this.name, value);
    return false;
  }

  /** Returns handles for these attributes, which must only get valid values. */
  bind(
    attributes: Attributes,
    unit: DurationUnit = "s",
  ): readonly [first: Handle, second: Handle | undefined] {
    return [
      this.#first.bind({ ...this.#first.defaults, ...attributes }, unit),
      this.#second?.bind({ ...this.#second.defaults, ...attributes }, unit),
    ];
  }
}

function recordTo(instrument: MessageInstrument<unknown>, value: number, attributes: Attributes): void {
  const { defaults } = instrument;
  instrument.record(value, defaults === undefined ? attributes : { ...defaults, ...attributes });
}

// Two equal classes, so that V8 inlines each method down to the cell and allocates no number with a fraction.

/** A recorder of counters, bound to one attribute set. */
export class BoundMessageCounter {
  readonly #recorder: MessageRecorder<BoundCounter>;
  readonly #first: BoundCounter;
  readonly #second: BoundCounter | undefined;

  constructor(recorder: MessageRecorder<BoundCounter>, attributes: Attributes) {
    this.#recorder = recorder;
    [this.#first, this.#second] = recorder.bind(attributes);
  }

  /** Records `value`, or drops it if it is invalid. Returns whether it was recorded. Allocates nothing. */
  record(value: number): boolean {
    if (!isAmount(value)) return this.#recorder.refuse(value);
    this.#first.add(value);
    this.#second?.add(value);
    return true;
  }
}

/** A recorder of histograms, bound to one attribute set. */
export class BoundMessageHistogram {
  readonly #recorder: MessageRecorder<BoundRecorder>;
  readonly #first: BoundRecorder;
  readonly #second: BoundRecorder | undefined;

  constructor(recorder: MessageRecorder<BoundRecorder>, attributes: Attributes, unit: DurationUnit) {
    this.#recorder = recorder;
    [this.#first, this.#second] = recorder.bind(attributes, unit);
  }

  /** Records `value`, or drops it if it is invalid. Returns whether it was recorded. Allocates nothing. */
  record(value: number): boolean {
    if (!isAmount(value)) return this.#recorder.refuse(value);
    this.#first.record(value);
    this.#second?.record(value);
    return true;
  }
}
