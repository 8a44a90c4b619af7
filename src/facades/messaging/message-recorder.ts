import type { Attributes } from "@opentelemetry/api";
import type { DroppedMeasurements } from "../../diagnostics/dropped-measurements.ts";
import { type BoundCounter, type BoundRecorder } from "../../recording/bind.ts";
import {
  type GuardedCounter,
  type GuardedHistogram,
  isAmount,
  refuseAmount,
} from "../../recording/guarded-instruments.ts";

/** An instrument that a `MessageRecorder` records to. */
export interface MessageInstrument<Handle> {
  readonly name: string;
  /** Attributes of every measurement without these keys. */
  readonly defaults: Attributes | undefined;
  record(value: number, attributes: Attributes): void;
  bind(attributes: Attributes): Handle;
}

/** Records to one or two instruments. An invalid value is dropped once. */
export class MessageRecorder<Handle> {
  /** Name in reports of dropped values. */
  readonly name: string;
  readonly #dropped: DroppedMeasurements;
  readonly #first: MessageInstrument<Handle>;
  readonly #second: MessageInstrument<Handle> | undefined;

  constructor(
    dropped: DroppedMeasurements,
    first: MessageInstrument<Handle>,
    second?: MessageInstrument<Handle>,
  ) {
    this.name = first.name;
    this.#dropped = dropped;
    this.#first = first;
    this.#second = second;
  }

  /** Records `value`, or drops it; returns whether it was recorded. */
  record(value: number, attributes: Attributes): boolean {
    if (!isAmount(value)) return this.refuse(value);
    recordTo(this.#first, value, attributes);
    if (this.#second !== undefined) recordTo(this.#second, value, attributes);
    return true;
  }

  /** Drops an invalid value. */
  refuse(value: unknown): false {
    refuseAmount(this.#dropped, this.name, value);
    return false;
  }

  /** Handles for these attributes, for valid values only. */
  bind(attributes: Attributes): readonly [first: Handle, second: Handle | undefined] {
    return [
      this.#first.bind({ ...this.#first.defaults, ...attributes }),
      this.#second?.bind({ ...this.#second.defaults, ...attributes }),
    ];
  }
}

// Two equal classes: only so V8 inlines each method down to the cell, and allocates no number with a fraction.

/** A recorder of counters, bound to its attributes. */
export class BoundMessageCounter {
  readonly #recorder: MessageRecorder<BoundCounter>;
  readonly #first: BoundCounter;
  readonly #second: BoundCounter | undefined;

  constructor(recorder: MessageRecorder<BoundCounter>, attributes: Attributes) {
    this.#recorder = recorder;
    [this.#first, this.#second] = recorder.bind(attributes);
  }

  /** Records `value`, or drops it; returns whether it was recorded. Allocates nothing. */
  record(value: number): boolean {
    if (!isAmount(value)) return this.#recorder.refuse(value);
    this.#first.add(value);
    this.#second?.add(value);
    return true;
  }
}

/** A recorder of histograms, bound to its attributes. */
export class BoundMessageHistogram {
  readonly #recorder: MessageRecorder<BoundRecorder>;
  readonly #first: BoundRecorder;
  readonly #second: BoundRecorder | undefined;

  constructor(recorder: MessageRecorder<BoundRecorder>, attributes: Attributes) {
    this.#recorder = recorder;
    [this.#first, this.#second] = recorder.bind(attributes);
  }

  /** Records `value`, or drops it; returns whether it was recorded. Allocates nothing. */
  record(value: number): boolean {
    if (!isAmount(value)) return this.#recorder.refuse(value);
    this.#first.record(value);
    this.#second?.record(value);
    return true;
  }
}

function recordTo(instrument: MessageInstrument<unknown>, value: number, attributes: Attributes): void {
  const { defaults } = instrument;
  instrument.record(value, defaults === undefined ? attributes : { ...defaults, ...attributes });
}

/** A counter as a recorder's instrument. */
export function instrumentFromCounter(
  name: string,
  counter: GuardedCounter,
  defaults?: Attributes,
): MessageInstrument<BoundCounter> {
  return {
    name,
    defaults,
    record: (value, attributes) => counter.add(value, attributes),
    bind: (attributes) => counter.bind(attributes),
  };
}

/** A histogram as a recorder's instrument. */
export function instrumentFromHistogram(
  name: string,
  histogram: GuardedHistogram,
  defaults?: Attributes,
): MessageInstrument<BoundRecorder> {
  return {
    name,
    defaults,
    record: (value, attributes) => histogram.record(value, attributes),
    bind: (attributes) => histogram.bind(attributes),
  };
}
