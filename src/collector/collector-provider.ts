// The provider of a collector: keeps what is recorded for the collector's snapshots, and hands it on to a real provider
// as soon as there is one.
import {
  type Attributes,
  type Context,
  type Counter,
  createNoopMeter,
  type Gauge,
  type Histogram,
  type Meter,
  type MeterProvider,
  type MetricOptions,
  type Observable,
  type ObservableCallback,
} from "@opentelemetry/api";
import type { Collection } from "../engine/collection/collection.ts";
import type { GaugeInstrument as OwnGauge } from "../engine/instruments/gauge.ts";
import { StandaloneProvider } from "../engine/standalone-provider.ts";
import { FacadeMeter, type FacadeOptions } from "../recording/facade-meter.ts";
import {
  boundCounter,
  type BoundCounter,
  boundRecorder,
  type BoundRecorder,
} from "../recording/guarded-instruments.ts";
import { isInFront, type ProviderInFront } from "../recording/shared-state.ts";
import { VERSION } from "../version.ts";

/** A provider of our engine in front of the given or the global one. */
export class CollectorProvider implements ProviderInFront {
  readonly #options: FacadeOptions;
  readonly #own = new StandaloneProvider();
  readonly #real: FacadeMeter;
  readonly #meters = new Map<string, CollectorMeter>();

  constructor(options: FacadeOptions) {
    this.#options = options;
    this.#real = new FacadeMeter("tachymeter.telemetry", options);
  }

  whenFound(adopt: (behind: MeterProvider) => void): void {
    this.#real.observe((_, behind) => (isInFront(behind) ? behind.whenFound(adopt) : adopt(behind)));
  }

  getMeter(scope: string): CollectorMeter {
    let meter = this.#meters.get(scope);
    if (meter === undefined) {
      meter = new CollectorMeter(this.#own.getMeter(scope, VERSION), new FacadeMeter(scope, this.#options));
      this.#meters.set(scope, meter);
    }
    return meter;
  }

  /** Looks once more for a real provider, for those observable instruments that have none yet. */
  attach(): void {
    this.#real.meter();
    for (const { real } of this.#meters.values()) real.meter();
  }

  /** Everything that was recorded, at once. */
  collect(): Collection {
    this.attach();
    return this.#own.collect();
  }
}

/** One scope's instruments, each of which records twice. */
export class CollectorMeter implements Meter {
  /** Where the second ones are made. */
  readonly real: FacadeMeter;
  readonly #own: OwnMeter;

  constructor(own: OwnMeter, real: FacadeMeter) {
    this.#own = own;
    this.real = real;
  }

  createCounter(name: string, options: MetricOptions = {}): SumInstrument {
    const own = this.#own.createCounter(name, options);
    return new SumInstrument(own, () => this.real.meter()?.createCounter(name, options));
  }

  createUpDownCounter(name: string, options: MetricOptions = {}): SumInstrument {
    const own = this.#own.createUpDownCounter(name, options);
    return new SumInstrument(own, () => this.real.meter()?.createUpDownCounter(name, options));
  }

  createGauge(name: string, options: MetricOptions = {}): GaugeInstrument {
    const own = this.#own.createGauge(name, options);
    return new GaugeInstrument(own, () => this.real.meter()?.createGauge(name, options));
  }

  createHistogram(name: string, options: MetricOptions = {}): ValueInstrument<Histogram> {
    const own = this.#own.createHistogram(name, options);
    return new ValueInstrument(own, () => this.real.meter()?.createHistogram(name, options));
  }

  createObservableGauge(name: string, options: MetricOptions = {}): Observable {
    const own = this.#own.createObservableGauge(name, options);
    return this.#observable(own, (meter) => meter.createObservableGauge(name, options));
  }

  createObservableCounter(name: string, options: MetricOptions = {}): Observable {
    const own = this.#own.createObservableCounter(name, options);
    return this.#observable(own, (meter) => meter.createObservableCounter(name, options));
  }

  createObservableUpDownCounter(name: string, options: MetricOptions = {}): Observable {
    const own = this.#own.createObservableUpDownCounter(name, options);
    return this.#observable(own, (meter) => meter.createObservableUpDownCounter(name, options));
  }

  // No facade that a collector holds observes in batches.
  readonly addBatchObservableCallback: Meter["addBatchObservableCallback"] = (callback, observables) =>
    createNoopMeter().addBatchObservableCallback(callback, observables);
  readonly removeBatchObservableCallback: Meter["removeBatchObservableCallback"] = (callback, observables) =>
    createNoopMeter().removeBatchObservableCallback(callback, observables);

  #observable(own: Observable, make: (meter: Meter) => Observable): Observable {
    let made: Observable | undefined;
    return new ObservedTwice(own, (callback) =>
      this.real.observe((meter) => (made ??= make(meter)).addCallback(callback)),
    );
  }
}

type OwnMeter = ReturnType<StandaloneProvider["getMeter"]>;

// The values and attributes of both were checked before they come here. What is recorded without attributes goes
// through a handle, since that is the most frequent set of all.

/** A counter, or one that goes up and down. */
class SumInstrument implements Counter {
  readonly #own: Counter;
  readonly #find: () => Counter | undefined;
  #real: Counter | undefined;
  #bare: BoundCounter | undefined;

  constructor(own: Counter, find: () => Counter | undefined) {
    this.#own = own;
    this.#find = find;
  }

  /** The second instrument, once there is a provider for it. */
  real(): Counter | undefined {
    return (this.#real ??= this.#find());
  }

  add(value: number, attributes?: Attributes, context?: Context): void {
    if (attributes === undefined && context === undefined) {
      (this.#bare ??= this.bind({})).add(value);
    } else {
      this.#own.add(value, attributes);
      (this.#real ?? this.real())?.add(value, attributes, context);
    }
  }

  bind(attributes: Attributes): BoundCounter {
    return new SumHandle(boundCounter(this.#own, attributes), () => {
      const real = this.real();
      return real && boundCounter(real, attributes);
    });
  }
}

class SumHandle implements BoundCounter {
  readonly #own: BoundCounter;
  readonly #find: () => BoundCounter | undefined;
  #real: BoundCounter | undefined;

  constructor(own: BoundCounter, find: () => BoundCounter | undefined) {
    this.#own = own;
    this.#find = find;
  }

  add(value: number): void {
    this.#own.add(value);
    (this.#real ??= this.#find())?.add(value);
  }

  release(): void {
    this.#own.release();
    this.#real?.release();
  }
}

/** A histogram or a gauge. */
class ValueInstrument<Instrument extends Histogram | Gauge> implements Histogram {
  readonly #own: Instrument;
  readonly #find: () => Instrument | undefined;
  #real: Instrument | undefined;
  #bare: BoundRecorder | undefined;

  constructor(own: Instrument, find: () => Instrument | undefined) {
    this.#own = own;
    this.#find = find;
  }

  /** The second instrument, once there is a provider for it. */
  real(): Instrument | undefined {
    return (this.#real ??= this.#find());
  }

  record(value: number, attributes?: Attributes, context?: Context): void {
    if (attributes === undefined && context === undefined) {
      (this.#bare ??= this.bind({})).record(value);
    } else {
      this.#own.record(value, attributes);
      (this.#real ?? this.real())?.record(value, attributes, context);
    }
  }

  bind(attributes: Attributes): BoundRecorder {
    return new ValueHandle(boundRecorder(this.#own, attributes), () => {
      const real = this.real();
      return real && boundRecorder(real, attributes);
    });
  }
}

class ValueHandle implements BoundRecorder {
  readonly #own: BoundRecorder;
  readonly #find: () => BoundRecorder | undefined;
  #real: BoundRecorder | undefined;

  constructor(own: BoundRecorder, find: () => BoundRecorder | undefined) {
    this.#own = own;
    this.#find = find;
  }

  record(value: number): void {
    this.#own.record(value);
    (this.#real ??= this.#find())?.record(value);
  }

  release(): void {
    this.#own.release();
    this.#real?.release();
  }
}

class GaugeInstrument extends ValueInstrument<Gauge> {
  readonly #own: OwnGauge;

  constructor(own: OwnGauge, find: () => Gauge | undefined) {
    super(own, find);
    this.#own = own;
  }

  /** Records what was recorded last, or 0, and `difference` more. */
  adjust(difference: number, attributes?: Attributes): void {
    const value = this.#own.adjust(difference, attributes);
    this.real()?.record(value, attributes);
  }
}

/** An observable instrument whose callbacks are called by a real provider too. */
class ObservedTwice implements Observable {
  readonly #own: Observable;
  readonly #callbacks = new Set<ObservableCallback>();
  readonly #forward: (callback: ObservableCallback) => void;

  constructor(own: Observable, forward: (callback: ObservableCallback) => void) {
    this.#own = own;
    this.#forward = forward;
  }

  addCallback(callback: ObservableCallback): void {
    if (this.#callbacks.has(callback)) return;
    this.#callbacks.add(callback);
    this.#own.addCallback(callback);
    // What was handed on cannot be taken back before there is a real instrument, so it looks whether it still holds.
    this.#forward((result) => (this.#callbacks.has(callback) ? callback(result) : undefined));
  }

  removeCallback(callback: ObservableCallback): void {
    this.#callbacks.delete(callback);
    this.#own.removeCallback(callback);
  }
}
