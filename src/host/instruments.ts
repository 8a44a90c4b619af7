// The instruments that one callback observes.
import type {
  Attributes,
  BatchObservableResult,
  Meter,
  Observable,
  ObservableCounter,
  ObservableGauge,
  ObservableUpDownCounter,
} from "@opentelemetry/api";

/** Reads something and observes it. Observes nothing of what cannot be read, and never rejects. */
export type Observe = (result: BatchObservableResult) => Promise<void>;

/** Observes a figure that the system may not tell. */
export function observeKnown(
  result: BatchObservableResult,
  instrument: Observable,
  value: number | undefined,
  attributes: Attributes,
): void {
  if (value !== undefined) result.observe(instrument, value, attributes);
}

/** Makes observable instruments and remembers them. */
export class HostInstruments {
  /** All that were made. */
  readonly all: Observable[] = [];
  readonly #meter: Meter;

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  /** What only grows. */
  counter(name: string, unit: string, description: string): ObservableCounter {
    return this.#made(this.#meter.createObservableCounter(name, { unit, description }));
  }

  /** What can be added up over its series. */
  upDownCounter(name: string, unit: string, description: string): ObservableUpDownCounter {
    return this.#made(this.#meter.createObservableUpDownCounter(name, { unit, description }));
  }

  /** What cannot: shares, times since, averages. */
  gauge(name: string, unit: string, description: string): ObservableGauge {
    return this.#made(this.#meter.createObservableGauge(name, { unit, description }));
  }

  #made<Instrument extends Observable>(instrument: Instrument): Instrument {
    this.all.push(instrument);
    return instrument;
  }
}
