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
import { copyOfAttributes } from "../engine/attribute-copy.ts";
import type { CounterInstrument } from "../engine/instruments/counter.ts";
import type { GaugeInstrument as OwnGauge } from "../engine/instruments/gauge.ts";
import type { HistogramInstrument } from "../engine/instruments/histogram.ts";
import type { SyncInstrument } from "../engine/instruments/sync-instrument.ts";
import type { UpDownCounterInstrument } from "../engine/instruments/up-down-counter.ts";
import { OVERFLOW_ROW } from "../engine/series/series-table.ts";
import { StandaloneProvider } from "../engine/standalone-provider.ts";
import { FacadeMeter, type FacadeOptions } from "../recording/facade-meter.ts";
import { boundCounter, type BoundCounter, boundRecorder, type BoundRecorder } from "../recording/bind.ts";
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
      const ownMeter = (version: string): OwnMeter => this.#own.getMeter(scope, version);
      // Scopes are in the order in which they were asked for.
      ownMeter(VERSION);
      meter = new CollectorMeter(ownMeter, new FacadeMeter(scope, this.#options));
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
  readonly #own: (version: string) => OwnMeter;
  readonly #spellings = new Map<string, string>();

  constructor(own: (version: string) => OwnMeter, real: FacadeMeter) {
    this.#own = own;
    this.real = real;
  }

  createCounter(name: string, options: MetricOptions = {}): SumInstrument {
    const own = this.#meterOf(name).createCounter(name, options);
    return new SumInstrument(own, this.real, (meter) => meter.createCounter(name, options));
  }

  createUpDownCounter(name: string, options: MetricOptions = {}): SumInstrument {
    const own = this.#meterOf(name).createUpDownCounter(name, options);
    return new UnboundSumInstrument(own, this.real, (meter) => meter.createUpDownCounter(name, options));
  }

  createGauge(name: string, options: MetricOptions = {}): GaugeInstrument {
    const own = this.#meterOf(name).createGauge(name, options);
    return new GaugeInstrument(own, this.real, (meter) => meter.createGauge(name, options));
  }

  createHistogram(name: string, options: MetricOptions = {}): ValueInstrument<Histogram> {
    const own = this.#meterOf(name).createHistogram(name, options);
    return new ValueInstrument(own, this.real, (meter) => meter.createHistogram(name, options));
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

  // No facade that a collector holds observes in batches.
  readonly addBatchObservableCallback: Meter["addBatchObservableCallback"] = (callback, observables) =>
    createNoopMeter().addBatchObservableCallback(callback, observables);
  readonly removeBatchObservableCallback: Meter["removeBatchObservableCallback"] = (callback, observables) =>
    createNoopMeter().removeBatchObservableCallback(callback, observables);

  // To an engine, names that differ in case alone are one instrument; a collector keeps them apart.
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

/**
 * An instrument and the one behind it. Values and attributes were checked before they come here. A series of the own one
 * keeps its row for ever, so that its handle to the other one is found without a second look at the attributes.
 */
abstract class RecordedTwice<Real, Handle> {
  readonly #own: SyncInstrument;
  readonly #late: FacadeMeter;
  readonly #make: (meter: Meter) => Real;
  readonly #handles: Handle[] = [];
  #real: Real | undefined;

  constructor(own: SyncInstrument, late: FacadeMeter, make: (meter: Meter) => Real) {
    this.#own = own;
    this.#late = late;
    this.#make = make;
  }

  protected abstract handleOf(real: Real, attributes: Attributes): Handle;
  protected abstract unbound(real: Real, attributes: Attributes | undefined): Handle;

  /** The instrument behind this one, once there is a provider for it. */
  real(): Real | undefined {
    if (this.#real !== undefined) return this.#real;
    const meter = this.#late.meter();
    return meter && (this.#real = this.#make(meter));
  }

  /** Records the value, and returns where it is to be recorded again. */
  protected recorded(value: number, attributes: Attributes | undefined): Handle | undefined {
    const row = this.#own.recordRow(value, attributes);
    return this.#handles[row] ?? this.#behind(row, attributes);
  }

  #behind(row: number, attributes: Attributes | undefined): Handle | undefined {
    const real = this.real();
    if (real === undefined) return undefined;
    // What overflows here may have a series there.
    if (row === OVERFLOW_ROW) return this.unbound(real, attributes);
    return (this.#handles[row] = this.handleOf(real, copyOfAttributes(attributes)));
  }
}

/** A counter, or one that goes up and down. */
class SumInstrument extends RecordedTwice<Counter, Sum> implements Counter {
  readonly #own: CounterInstrument | UpDownCounterInstrument;

  constructor(
    own: CounterInstrument | UpDownCounterInstrument,
    late: FacadeMeter,
    make: (meter: Meter) => Counter,
  ) {
    super(own, late, make);
    this.#own = own;
  }

  add(value: number, attributes?: Attributes, context?: Context): void {
    const behind = this.recorded(value, attributes);
    if (context === undefined) behind?.add(value);
    else this.real()?.add(value, attributes, context);
  }

  bind(attributes: Attributes): BoundCounter {
    const own = this.#own.bind(attributes);
    let real: BoundCounter | undefined;
    return {
      add: (value) => {
        own.add(value);
        if (real === undefined) {
          const found = this.real();
          if (found === undefined) return;
          real = boundCounter(found, attributes);
        }
        real.add(value);
      },
      release: () => {
        own.release();
        real?.release();
      },
    };
  }

  protected override handleOf(real: Counter, attributes: Attributes): Sum {
    return boundCounter(real, attributes);
  }

  protected override unbound(real: Counter, attributes: Attributes | undefined): Sum {
    return { add: (value) => real.add(value, attributes) };
  }
}

/** An up-down counter: a bound series is never idle, and what goes up and down may leave after its time to live. */
class UnboundSumInstrument extends SumInstrument {
  protected override handleOf(real: Counter, attributes: Attributes): Sum {
    return this.unbound(real, attributes);
  }
}

type Sum = Pick<BoundCounter, "add">;
type Value = Pick<BoundRecorder, "record">;

/** A histogram or a gauge. */
class ValueInstrument<Real extends Histogram | Gauge>
  extends RecordedTwice<Real, Value>
  implements Histogram
{
  readonly #own: HistogramInstrument | OwnGauge;

  constructor(own: HistogramInstrument | OwnGauge, late: FacadeMeter, make: (meter: Meter) => Real) {
    super(own, late, make);
    this.#own = own;
  }

  record(value: number, attributes?: Attributes, context?: Context): void {
    const behind = this.recorded(value, attributes);
    if (context === undefined) behind?.record(value);
    else this.real()?.record(value, attributes, context);
  }

  bind(attributes: Attributes): BoundRecorder {
    const own = this.#own.bind(attributes);
    let real: BoundRecorder | undefined;
    return {
      record: (value) => {
        own.record(value);
        if (real === undefined) {
          const found = this.real();
          if (found === undefined) return;
          real = boundRecorder(found, attributes);
        }
        real.record(value);
      },
      release: () => {
        own.release();
        real?.release();
      },
    };
  }

  protected override handleOf(real: Real, attributes: Attributes): Value {
    return boundRecorder(real, attributes);
  }

  protected override unbound(real: Real, attributes: Attributes | undefined): Value {
    return { record: (value) => real.record(value, attributes) };
  }
}

class GaugeInstrument extends ValueInstrument<Gauge> {
  readonly #own: OwnGauge;

  constructor(own: OwnGauge, late: FacadeMeter, make: (meter: Meter) => Gauge) {
    super(own, late, make);
    this.#own = own;
  }

  // A bound series is never idle, and a gauge's may leave after its time to live.
  protected override handleOf(real: Gauge, attributes: Attributes): Value {
    return this.unbound(real, attributes);
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
