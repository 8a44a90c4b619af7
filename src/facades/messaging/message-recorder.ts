// One thing that happens to messages, recorded under each of the names it goes by.
import type { Attributes } from "@opentelemetry/api";
import type { Drops } from "../drops.ts";
import { type GuardedCounter, type GuardedHistogram, refusalOfAmount } from "../guarded-instruments.ts";

/** An instrument that a `MessageRecorder` writes to. */
export interface MessageInstrument {
  readonly name: string;
  /** Attributes that every measurement has, where it brings none of the same keys. */
  readonly defaults: Attributes | undefined;
  record(value: number, attributes: Attributes): void;
  bind(attributes: Attributes): (value: number) => void;
}

/** A recorder with its attributes settled once. */
export interface BoundMessageRecorder {
  /** Records `value`, or drops it; tells whether it was recorded. Allocates nothing. */
  record(value: number): boolean;
}

/** Records to one instrument, or to two. A bad value is dropped once, whatever the number of instruments. */
export class MessageRecorder {
  /** Names the instrument in reports of what was dropped. */
  readonly name: string;
  readonly #drops: Drops;
  readonly #first: MessageInstrument;
  readonly #second: MessageInstrument | undefined;

  constructor(drops: Drops, first: MessageInstrument, second?: MessageInstrument) {
    this.name = first.name;
    this.#drops = drops;
    this.#first = first;
    this.#second = second;
  }

  /** Records `value`, or drops it; tells whether it was recorded. */
  record(value: number, attributes: Attributes): boolean {
    if (!this.#accepts(value)) return false;
    recordTo(this.#first, value, attributes);
    if (this.#second !== undefined) recordTo(this.#second, value, attributes);
    return true;
  }

  bind(attributes: Attributes): BoundMessageRecorder {
    const first = this.#first.bind({ ...this.#first.defaults, ...attributes });
    const second = this.#second?.bind({ ...this.#second.defaults, ...attributes });
    return {
      record: (value) => {
        if (!this.#accepts(value)) return false;
        first(value);
        second?.(value);
        return true;
      },
    };
  }

  #accepts(value: unknown): boolean {
    const reason = refusalOfAmount(value);
    if (reason !== undefined) this.#drops.measurement(this.name, reason, value);
    return reason === undefined;
  }
}

function recordTo(instrument: MessageInstrument, value: number, attributes: Attributes): void {
  const { defaults } = instrument;
  instrument.record(value, defaults === undefined ? attributes : { ...defaults, ...attributes });
}

/** A counter as a recorder's instrument. */
export function instrumentFromCounter(
  name: string,
  counter: GuardedCounter,
  defaults?: Attributes,
): MessageInstrument {
  return {
    name,
    defaults,
    record: (value, attributes) => counter.add(value, attributes),
    bind: (attributes) => {
      const handle = counter.bind(attributes);
      return (value) => handle.add(value);
    },
  };
}

/** A histogram as a recorder's instrument. */
export function instrumentFromHistogram(
  name: string,
  histogram: GuardedHistogram,
  defaults?: Attributes,
): MessageInstrument {
  return {
    name,
    defaults,
    record: (value, attributes) => histogram.record(value, attributes),
    bind: (attributes) => {
      const handle = histogram.bind(attributes);
      return (value) => handle.record(value);
    },
  };
}
