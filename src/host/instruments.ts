import type {
  Attributes,
  BatchObservableCallback,
  BatchObservableResult,
  Meter,
  Observable,
} from "@opentelemetry/api";

/** Reads and observes one group of metrics. Unreadable values are left out; never rejects. */
export type Observe = (result: BatchObservableResult) => Promise<void>;

/** Observes `value`, if the system reports it. */
export function observeKnown(
  result: BatchObservableResult,
  instrument: Observable,
  value: number | undefined,
  attributes?: Attributes,
): void {
  if (value !== undefined) result.observe(instrument, value, attributes);
}

/** Observable instruments that share one callback. */
export class ObservedInstruments {
  readonly #all: Observable[] = [];
  readonly #meter: Meter;

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  /** Creates an instrument for sums that only grow. */
  readonly counter = (name: string, unit: string, description: string): Observable =>
    this.#added(this.#meter.createObservableCounter(name, { unit, description }));

  /** Creates an instrument for values that can be added up over their series. */
  readonly upDownCounter = (name: string, unit: string, description: string): Observable =>
    this.#added(this.#meter.createObservableUpDownCounter(name, { unit, description }));

  /** Creates an instrument for other values: shares, times since an event, averages. */
  readonly gauge = (name: string, unit: string, description: string): Observable =>
    this.#added(this.#meter.createObservableGauge(name, { unit, description }));

  /** Observes all instruments by `callback`. Returns a function that stops this. */
  observe(callback: BatchObservableCallback): () => void {
    this.#meter.addBatchObservableCallback(callback, this.#all);
    return () => this.#meter.removeBatchObservableCallback(callback, this.#all);
  }

  #added(instrument: Observable): Observable {
    this.#all.push(instrument);
    return instrument;
  }
}
