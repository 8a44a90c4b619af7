// Meter provider of a collector. It keeps the measurements for the collector's snapshots, and passes them on to a real
// provider as soon as there is one.
import {
  createNoopMeter,
  type Histogram,
  type Meter,
  type MeterProvider,
  type MetricOptions,
  type Observable,
} from "@opentelemetry/api";
import type { Collection } from "../engine/collection/collection.ts";
import { StandaloneProvider } from "../engine/standalone-provider.ts";
import { FacadeMeter, type FacadeOptions } from "../recording/facade-meter.ts";
import { isInFront, type ProviderInFront } from "../recording/shared-state.ts";
import { VERSION } from "../version.ts";
import { GaugeTwice, ObservedTwice, SumTwice, ValueTwice } from "./recorded-twice.ts";

/** A provider of our engine in front of the given or the global one. */
export class CollectorProvider implements ProviderInFront {
  readonly #options: FacadeOptions;
  readonly own: StandaloneProvider = new StandaloneProvider();
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
      const ownMeter = (version: string): OwnMeter => this.own.getMeter(scope, version);
      // Creates the meter now: snapshots list the scopes in the order of their creation.
      ownMeter(VERSION);
      meter = new CollectorMeter(ownMeter, new FacadeMeter(scope, this.#options));
      this.#meters.set(scope, meter);
    }
    return meter;
  }

  /** Looks again for a real provider, for observable instruments that have none yet. */
  attach(): void {
    this.#real.meter();
    for (const { real } of this.#meters.values()) real.meter();
  }

  /** Collects all measurements, synchronously. */
  collect(): Collection {
    this.attach();
    return this.own.collect();
  }
}

/** Meter of one scope, whose instruments record to the collector and to the real provider. */
export class CollectorMeter implements Meter {
  /** Meter of the real provider. */
  readonly real: FacadeMeter;
  readonly #own: (version: string) => OwnMeter;
  readonly #spellings = new Map<string, string>();

  constructor(own: (version: string) => OwnMeter, real: FacadeMeter) {
    this.#own = own;
    this.real = real;
  }

  createCounter(name: string, options: MetricOptions = {}): SumTwice {
    const own = this.#meterOf(name).createCounter(name, options);
    return new SumTwice(own, this.real, (meter) => meter.createCounter(name, options));
  }

  createUpDownCounter(name: string, options: MetricOptions = {}): SumTwice {
    const own = this.#meterOf(name).createUpDownCounter(name, options);
    return new SumTwice(own, this.real, (meter) => meter.createUpDownCounter(name, options));
  }

  createGauge(name: string, options: MetricOptions = {}): GaugeTwice {
    const own = this.#meterOf(name).createGauge(name, options);
    return new GaugeTwice(own, this.real, (meter) => meter.createGauge(name, options));
  }

  createHistogram(name: string, options: MetricOptions = {}): ValueTwice<Histogram> {
    const own = this.#meterOf(name).createHistogram(name, options);
    return new ValueTwice(own, this.real, (meter) => meter.createHistogram(name, options));
  }

  createObservableGauge(name: string, options: MetricOptions = {}): Observable {
    const own = this.#meterOf(name).createObservableGauge(name, options);
    return this.#observable(own, (meter) => meter.createObservableGauge(name, options));
  }

  createObservableCounter(name: string, options: MetricOptions = {}): Observable {
    const own = this.#meterOf(name).createObservableCounter(name, options);
    return this.#observable(own, (meter) => meter.createObservableCounter(name, options));
  }

  createObservableUpDownCounter(name: string, options: MetricOptions = {}): Observable {
    const own = this.#meterOf(name).createObservableUpDownCounter(name, options);
    return this.#observable(own, (meter) => meter.createObservableUpDownCounter(name, options));
  }

  // The facades of a collector use no batch callbacks.
  readonly addBatchObservableCallback: Meter["addBatchObservableCallback"] = (callback, observables) =>
    createNoopMeter().addBatchObservableCallback(callback, observables);
  readonly removeBatchObservableCallback: Meter["removeBatchObservableCallback"] = (callback, observables) =>
    createNoopMeter().removeBatchObservableCallback(callback, observables);

  // To the engine, names that differ only in case are one instrument. A collector distinguishes them.
  #meterOf(name: string): OwnMeter {
    const key = name.toLowerCase();
    const first = this.#spellings.get(key) ?? name;
    this.#spellings.set(key, first);
    return this.#own(first === name ? VERSION : `${VERSION} ${name}`);
  }

  #observable(own: Observable, make: (meter: Meter) => Observable): Observable {
    let made: Observable | undefined;
    return new ObservedTwice(own, (callback) =>
      this.real.observe((meter) => (made ??= make(meter)).addCallback(callback)),
    );
  }
}

type OwnMeter = ReturnType<StandaloneProvider["getMeter"]>;
