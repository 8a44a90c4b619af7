// The provider on which a collector builds facades: what they record is kept in cells, for the collector's snapshot,
// and goes on to a real provider as soon as there is one.
import {
  type Attributes,
  type Counter,
  createNoopMeter,
  type Gauge,
  type Histogram,
  type Meter,
  type MeterProvider,
  type MetricOptions,
  type Observable,
  type ObservableCallback,
  type UpDownCounter,
} from "@opentelemetry/api";
import { withOwnAttributes } from "../recording/attributes.ts";
import { CellCounter, CellGauge, CellHistogram, type SnapshotSource } from "./cell-instruments.ts";
import { FacadeMeter, type FacadeOptions } from "../recording/facade-meter.ts";
import { DEFAULT_BOUNDARIES } from "./metric-registration.ts";
import { isInFront, type ProviderInFront } from "../recording/shared-state.ts";
import { metricNameFromName, type SnapshotEntry } from "../translation/snapshot-document.ts";

/** Makes one meter a scope, and gives back what all of them recorded. */
export class CollectorProvider implements ProviderInFront {
  readonly #options: FacadeOptions;
  readonly #otel: FacadeMeter;
  readonly #meters = new Map<string, CollectorMeter>();

  constructor(options: FacadeOptions) {
    this.#options = options;
    this.#otel = new FacadeMeter("tachymeter.telemetry", options);
  }

  whenFound(adopt: (behind: MeterProvider) => void): void {
    this.#otel.observe((_, behind) => (isInFront(behind) ? behind.whenFound(adopt) : adopt(behind)));
  }

  getMeter(scope: string): Meter {
    let meter = this.#meters.get(scope);
    if (meter === undefined) this.#meters.set(scope, (meter = new CollectorMeter(scope, this.#options)));
    return meter;
  }

  /** Looks once more for a real provider, for those observable instruments that have none yet. */
  attach(): void {
    this.#otel.meter();
    for (const meter of this.#meters.values()) meter.attach();
  }

  /** All series of the facades; what they tell of themselves is not theirs to show. */
  *entries(timestamp: number): Iterable<readonly [key: string, entry: SnapshotEntry]> {
    this.attach();
    for (const [scope, meter] of this.#meters) {
      if (scope !== "tachymeter.telemetry") yield* meter.entries(timestamp);
    }
  }
}

/** The Prometheus name of one of our facades' instruments, by the few units that they have. */
export function metricNameFromInstrument(name: string, unit: string | undefined, isCounter: boolean): string {
  const withUnit = unit === "s" ? `${metricNameFromName(name)}_seconds` : metricNameFromName(name);
  return isCounter ? `${withUnit}_total` : withUnit;
}

class CollectorMeter implements Meter {
  readonly #otel: FacadeMeter;
  // By Prometheus name.
  readonly #counters = new Map<string, CellCounter>();
  readonly #gauges = new Map<string, CellGauge>();
  readonly #histograms = new Map<string, CellHistogram>();
  readonly #observables = new Map<string, CellObservable>();

  constructor(scope: string, options: FacadeOptions) {
    this.#otel = new FacadeMeter(scope, options);
  }

  attach(): void {
    this.#otel.meter();
  }

  *entries(timestamp: number): Iterable<readonly [string, SnapshotEntry]> {
    const all: ReadonlyMap<string, SnapshotSource>[] = [
      this.#counters,
      this.#gauges,
      this.#histograms,
      this.#observables,
    ];
    for (const instruments of all) {
      for (const [name, instrument] of instruments) yield* instrument.entries(name, timestamp);
    }
  }

  createCounter(name: string, options: MetricOptions = {}): Counter {
    return madeOnce(this.#counters, metricNameFromInstrument(name, options.unit, true), () => {
      const otel = this.#otel.counter(name, options);
      return new CellCounter((attributes) => {
        const bound = otel.bind(attributes);
        return (value) => bound.add(value);
      }, cleanCopy);
    });
  }

  createUpDownCounter(name: string, options: MetricOptions = {}): UpDownCounter {
    return madeOnce(this.#counters, metricNameFromInstrument(name, options.unit, false), () => {
      let otel: UpDownCounter | undefined;
      return new CellCounter(
        (attributes) => (value) =>
          (otel ??= this.#otel.meter()?.createUpDownCounter(name, options))?.add(value, attributes),
        cleanCopy,
      );
    });
  }

  createGauge(name: string, options: MetricOptions = {}): Gauge {
    return madeOnce(this.#gauges, metricNameFromInstrument(name, options.unit, false), () => {
      const otel = this.#otel.gauge(name, options);
      return new CellGauge((attributes) => (value) => otel.record(value, attributes), cleanCopy);
    });
  }

  createHistogram(name: string, options: MetricOptions = {}): Histogram {
    return madeOnce(this.#histograms, metricNameFromInstrument(name, options.unit, false), () => {
      const otel = this.#otel.histogram(name, options);
      const forward = (attributes: Attributes): ((value: number) => void) => {
        const bound = otel.bind(attributes);
        return (value) => bound.record(value);
      };
      return new CellHistogram(
        options.advice?.explicitBucketBoundaries ?? DEFAULT_BOUNDARIES,
        forward,
        cleanCopy,
      );
    });
  }

  createObservableGauge(name: string, options: MetricOptions = {}): Observable {
    return this.#observable(name, options, false, (meter) => meter.createObservableGauge(name, options));
  }

  createObservableCounter(name: string, options: MetricOptions = {}): Observable {
    return this.#observable(name, options, true, (meter) => meter.createObservableCounter(name, options));
  }

  createObservableUpDownCounter(name: string, options: MetricOptions = {}): Observable {
    return this.#observable(name, options, false, (meter) =>
      meter.createObservableUpDownCounter(name, options),
    );
  }

  // No facade that a collector holds observes in batches.
  readonly addBatchObservableCallback: Meter["addBatchObservableCallback"] = (callback, observables) =>
    createNoopMeter().addBatchObservableCallback(callback, observables);
  readonly removeBatchObservableCallback: Meter["removeBatchObservableCallback"] = (callback, observables) =>
    createNoopMeter().removeBatchObservableCallback(callback, observables);

  #observable(
    name: string,
    options: MetricOptions,
    isCounter: boolean,
    make: (meter: Meter) => Observable,
  ): Observable {
    return madeOnce(this.#observables, metricNameFromInstrument(name, options.unit, isCounter), () => {
      let otel: Observable | undefined;
      return new CellObservable((callback) =>
        this.#otel.observe((meter) => (otel ??= make(meter)).addCallback(callback)),
      );
    });
  }
}

/** An observable instrument whose callbacks are asked both by a real provider and for a snapshot. */
class CellObservable implements Observable, SnapshotSource {
  readonly #callbacks = new Set<ObservableCallback>();
  readonly #forward: (callback: ObservableCallback) => void;

  constructor(forward: (callback: ObservableCallback) => void) {
    this.#forward = forward;
  }

  addCallback(callback: ObservableCallback): void {
    if (this.#callbacks.has(callback)) return;
    this.#callbacks.add(callback);
    // What was handed on cannot be taken back before there is a real instrument, so it looks whether it still holds.
    this.#forward((result) => (this.#callbacks.has(callback) ? callback(result) : undefined));
  }

  removeCallback(callback: ObservableCallback): void {
    this.#callbacks.delete(callback);
  }

  // The callbacks are our facades' own: they answer at once and do not throw.
  entries(name: string, timestamp: number): Iterable<readonly [string, SnapshotEntry]> {
    const observed = new CellGauge(() => () => {}, cleanCopy);
    for (const callback of this.#callbacks) {
      void callback({ observe: (value, attributes) => observed.record(value, attributes) });
    }
    return observed.entries(name, timestamp);
  }
}

function madeOnce<Instrument>(
  made: Map<string, Instrument>,
  name: string,
  make: () => Instrument,
): Instrument {
  let instrument = made.get(name);
  if (instrument === undefined) made.set(name, (instrument = make()));
  return instrument;
}

// The facades' guarded instruments have reported already what is wrong with the attributes.
function cleanCopy(attributes: unknown): Attributes {
  return withOwnAttributes({}, attributes, () => {});
}
