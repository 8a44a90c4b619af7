// Instruments that exist because somebody used their names.
import type { Attributes } from "@opentelemetry/api";
import type { FacadeMeter } from "../../recording/facade-meter.ts";
import { boundariesFor } from "../../collector/metric-registration.ts";

/** What a name stands for. */
export type InstrumentKind = "counter" | "gauge" | "histogram";

/** An instrument, with a figure of its own beside it. */
export interface CustomInstrument {
  readonly kind: InstrumentKind;
  readonly name: string;
  readonly record: (value: number, attributes: Attributes) => void;
  /** Of a counter, the sum since it was last set to zero; of a gauge or histogram, what was recorded last. */
  value: number;
}

const MAX_NAMES = 1_000;

/** Makes each instrument once, when its name is first used. A name stands for one kind; there are at most 1,000. */
export class CustomInstruments {
  readonly #meter: FacadeMeter;
  readonly #area: string;
  // OpenTelemetry takes names that differ in case alone for one.
  readonly #byKey = new Map<string, CustomInstrument>();
  readonly #taken: ReadonlySet<string>;

  /**
   * @param area names the facade in reports of names that could not be taken.
   * @param taken names of the facade's own instruments, which stand for no other.
   */
  constructor(meter: FacadeMeter, area: string, taken: readonly string[]) {
    this.#meter = meter;
    this.#area = area;
    this.#taken = new Set(taken);
  }

  /** The instrument of this name and kind; `undefined`, which is counted and logged, where there can be none. */
  find(kind: InstrumentKind, name: string, unit: string): CustomInstrument | undefined {
    const key = name.toLowerCase();
    const known = this.#byKey.get(key);
    if (known === undefined) return this.#admit(kind, name, key, unit);
    if (known.kind === kind) return known;
    return this.#refuse(known.name, name, `it is a ${known.kind} already; give the ${kind} another name`);
  }

  /** All instruments of a kind, in the order in which they were made. */
  *ofKind(kind: InstrumentKind): Iterable<CustomInstrument> {
    for (const instrument of this.#byKey.values()) if (instrument.kind === kind) yield instrument;
  }

  #admit(kind: InstrumentKind, name: string, key: string, unit: string): CustomInstrument | undefined {
    if (this.#taken.has(key)) {
      return this.#refuse(name, name, `this is a metric of ours; give the ${kind} another name`);
    }
    if (this.#byKey.size >= MAX_NAMES) {
      return this.#refuse(
        this.#area,
        name,
        `there are ${MAX_NAMES} names already; put into tags what makes names differ`,
      );
    }
    const instrument = { kind, name, value: 0, record: this.#make(kind, name, unit) };
    this.#byKey.set(key, instrument);
    return instrument;
  }

  #make(kind: InstrumentKind, name: string, unit: string): CustomInstrument["record"] {
    const options = { unit, description: `A ${kind} of the application's own.` };
    switch (kind) {
      case "counter": {
        const counter = this.#meter.counter(name, options);
        return (value, attributes) => counter.add(value, attributes);
      }
      case "gauge": {
        const gauge = this.#meter.gauge(name, options);
        return (value, attributes) => gauge.record(value, attributes);
      }
      case "histogram": {
        const advice = { explicitBucketBoundaries: [...boundariesFor(name)] };
        const histogram = this.#meter.histogram(name, { ...options, advice });
        return (value, attributes) => histogram.record(value, attributes);
      }
      default:
        return kind satisfies never;
    }
  }

  #refuse(instrument: string, name: string, remedy: string): undefined {
    this.#meter.drops.measurement(instrument, "invalid_name", name, remedy);
    return undefined;
  }
}
