// One thing that happens to messages, recorded under each of the names it goes by.
import type { Attributes } from "@opentelemetry/api";
import type { Drops } from "./drops.ts";
import { type GuardedCounter, type GuardedHistogram, refusalOfAmount } from "./guarded-instruments.ts";

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

/** Records to one instrument or to several. A bad value is dropped once, whatever the number of instruments. */
export class MessageRecorder {
  readonly #drops: Drops;
  readonly #name: string;
  readonly #instruments: readonly MessageInstrument[];

  constructor(drops: Drops, instruments: readonly [MessageInstrument, ...MessageInstrument[]]) {
    this.#drops = drops;
    this.#name = instruments[0].name;
    this.#instruments = instruments;
  }

  /** Names the instrument in reports of what was dropped. */
  get name(): string {
    return this.#name;
  }

  /** Records `value`, or drops it; tells whether it was recorded. */
  record(value: number, attributes: Attributes): boolean {
    if (!this.#accepts(value)) return false;
    for (const instrument of this.#instruments) {
      const { defaults } = instrument;
      instrument.record(value, defaults === undefined ? attributes : { ...defaults, ...attributes });
    }
    return true;
  }

  bind(attributes: Attributes): BoundMessageRecorder {
    const handles = this.#instruments.map((instrument) =>
      instrument.bind({ ...instrument.defaults, ...attributes }),
    );
    return {
      record: (value) => {
        if (!this.#accepts(value)) return false;
        for (const handle of handles) handle(value);
        return true;
      },
    };
  }

  #accepts(value: unknown): boolean {
    const reason = refusalOfAmount(value);
    if (reason !== undefined) this.#drops.measurement(this.#name, reason, value);
    return reason === undefined;
  }
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
