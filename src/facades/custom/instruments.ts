import type { Attributes } from "@opentelemetry/api";
import type { FacadeMeter } from "../../recording/facade-meter.ts";
import { boundariesFor } from "../../collector/metric-registration.ts";

/** Kind of instrument that a name stands for. */
export type InstrumentKind = "counter" | "gauge" | "histogram";

/** An instrument with its latest figure. */
export interface CustomInstrument {
  readonly kind: InstrumentKind;
  readonly name: string;
  readonly record: (value: number, attributes: Attributes) => void;
  /** Sum of a counter since its last reset; last value of a gauge or histogram. */
  value: number;
}

const MAX_NAMES = 1_000;

/** Instruments by name, created at first use. A name stands for one kind; at most 1,000 names. */
export class CustomInstruments {
  readonly #meter: FacadeMeter;
  readonly #area: string;
  // Names that differ only in case are equal in OpenTelemetry.
  readonly #byKey = new Map<string, CustomInstrument>();
  readonly #taken: ReadonlySet<string>;

  /**
   * @param area the facade's name in reports of refused names.
   * @param taken names of the facade's own instruments.
   */
  constructor(meter: FacadeMeter, area: string, taken: readonly string[]) {
    this.#meter = meter;
    this.#area = area;
    this.#taken = new Set(taken);
  }

  /** The instrument of this name and kind; `undefined`, which is counted and logged, if the name is refused. */
  find(kind: InstrumentKind, name: string, unit: string): CustomInstrument | undefined {
    const key = name.toLowerCase();
    const known = this.#byKey.get(key);
    if (known === undefined) return this.#admit(kind, name, key, unit);
    if (known.kind === kind) return known;
    return this.#refuse(known.name, name, `it is a ${known.kind} already; give the ${kind} another name`);
  }

  /** All instruments of a kind, in the order of creation. */
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
    this.#meter.dropped.measurement(instrument, "invalid_name", name, remedy);
    return undefined;
  }
}
