import { LogOnce } from "../diagnostics/log-once.ts";
import type { Attributes, BatchObservableCallback, Meter as ApiMeter, Observable } from "@opentelemetry/api";
import { InstrumentType } from "./sdk-values.ts";
import { CallbackRegistry, ObservableInstrument } from "./collection/callback-registry.ts";
import {
  CounterInstrument,
  GaugeInstrument,
  HistogramInstrument,
  UpDownCounterInstrument,
} from "./instruments/synchronous.ts";
import {
  adviceOf,
  describeInstrument,
  type InstrumentDescriptor,
  type InstrumentOptions,
} from "./instruments/descriptor.ts";
import { MeasurementSink } from "./instruments/measurement-sink.ts";
import type { ProviderContext } from "./provider-context.ts";
import type { Scope } from "./scope.ts";
import type { ReaderChoices } from "./streams/reader-choices.ts";
import { conflictMessage, StreamRegistry } from "./streams/stream-registry.ts";
import type { Stream } from "./streams/stream.ts";
import type { Aggregation } from "./streams/aggregation.ts";
import type { StreamOrigin } from "./streams/members.ts";
import {
  fixedConfiguration,
  isObservable,
  type StreamConfiguration,
  streamConfigurations,
} from "./streams/stream-configuration.ts";

interface Registered<Instrument> {
  readonly descriptor: InstrumentDescriptor;
  readonly streams: readonly Stream[];
  readonly instrument: Instrument;
}

/**
 * A meter of our provider. If an instrument is created again with the same kind, unit and value type, the first
 * one is returned. Names are compared without regard to case.
 */
export class Meter implements ApiMeter {
  /** @internal */
  readonly scope: Scope;
  /** @internal Whether its instruments have streams. */
  readonly isEnabled: boolean;
  /** @internal */
  readonly callbacks: CallbackRegistry;
  readonly #context: ProviderContext;
  readonly #registry: StreamRegistry;
  readonly #recordings: MeasurementSink[] = [];
  // Names are compared without regard to case; the first spelling seen is used.
  readonly #firstNames = new Map<string, string>();
  readonly #counters = new Map<string, Registered<CounterInstrument>>();
  readonly #upDownCounters = new Map<string, Registered<UpDownCounterInstrument>>();
  readonly #histograms = new Map<string, Registered<HistogramInstrument>>();
  readonly #gauges = new Map<string, Registered<GaugeInstrument>>();
  readonly #observables = new Map<string, Registered<ObservableInstrument>>();
  readonly #warnings = new LogOnce();
  #isClosed: boolean;

  /** @internal */
  constructor(scope: Scope, context: ProviderContext, isEnabled: boolean = true) {
    this.scope = scope;
    this.isEnabled = isEnabled;
    this.#isClosed = !isEnabled;
    this.#context = context;
    this.callbacks = new CallbackRegistry(context);
    this.#registry = new StreamRegistry(scope, context);
  }

  createCounter<Kept extends Attributes = Attributes>(
    name: string,
    options?: InstrumentOptions,
  ): CounterInstrument<Kept> {
    return this.#synchronous(
      this.#counters,
      describeInstrument(name, InstrumentType.COUNTER, options),
      CounterInstrument,
    ).instrument;
  }

  createUpDownCounter<Kept extends Attributes = Attributes>(
    name: string,
    options?: InstrumentOptions,
  ): UpDownCounterInstrument<Kept> {
    return this.#synchronous(
      this.#upDownCounters,
      describeInstrument(name, InstrumentType.UP_DOWN_COUNTER, options),
      UpDownCounterInstrument,
    ).instrument;
  }

  createHistogram<Kept extends Attributes = Attributes>(
    name: string,
    options?: InstrumentOptions,
  ): HistogramInstrument<Kept> {
    return this.#synchronous(
      this.#histograms,
      describeInstrument(name, InstrumentType.HISTOGRAM, options),
      HistogramInstrument,
    ).instrument;
  }

  createGauge<Kept extends Attributes = Attributes>(
    name: string,
    options?: InstrumentOptions,
  ): GaugeInstrument<Kept> {
    return this.#synchronous(
      this.#gauges,
      describeInstrument(name, InstrumentType.GAUGE, options),
      GaugeInstrument,
    ).instrument;
  }

  createObservableCounter<Kept extends Attributes = Attributes>(
    name: string,
    options?: InstrumentOptions,
  ): ObservableInstrument<Kept> {
    return this.#observable(describeInstrument(name, InstrumentType.OBSERVABLE_COUNTER, options)).instrument;
  }

  createObservableUpDownCounter<Kept extends Attributes = Attributes>(
    name: string,
    options?: InstrumentOptions,
  ): ObservableInstrument<Kept> {
    return this.#observable(describeInstrument(name, InstrumentType.OBSERVABLE_UP_DOWN_COUNTER, options))
      .instrument;
  }

  createObservableGauge<Kept extends Attributes = Attributes>(
    name: string,
    options?: InstrumentOptions,
  ): ObservableInstrument<Kept> {
    return this.#observable(describeInstrument(name, InstrumentType.OBSERVABLE_GAUGE, options)).instrument;
  }

  /** Registers `callback` for the given `observables`. It is called at each collection. */
  addBatchObservableCallback<Kept extends Attributes = Attributes>(
    callback: BatchObservableCallback<Kept>,
    observables: Observable<Kept>[],
  ): void {
    this.callbacks.addBatch(callback, observables);
  }

  /** Removes `callback` if it was registered for exactly these `observables`. */
  removeBatchObservableCallback<Kept extends Attributes = Attributes>(
    callback: BatchObservableCallback<Kept>,
    observables: Observable<Kept>[],
  ): void {
    this.callbacks.removeBatch(callback, observables);
  }

  /** @internal Calls `begin` once, at the beginning of the next collection. It may record, and must not throw. */
  beforeCollection(begin: () => void): void {
    this.callbacks.beforeNext(begin);
  }

  /** @internal The meter's streams, in the order in which their instruments were created. */
  get streams(): readonly Stream[] {
    return this.#registry.streams;
  }

  /** @internal The streams of an instrument that a member of the group has. It is created if it is missing. */
  streamsOf({ instrument: descriptor, fixed }: StreamOrigin, aggregation: Aggregation): readonly Stream[] {
    if (fixed !== undefined) {
      const configuration = fixedConfiguration(descriptor, aggregation, fixed);
      if (isObservable(descriptor.type)) return this.#observable(descriptor, configuration).streams;
      return this.#synchronous(this.#histograms, descriptor, HistogramInstrument, configuration).streams;
    }
    switch (descriptor.type) {
      case InstrumentType.COUNTER:
        return this.#synchronous(this.#counters, descriptor, CounterInstrument).streams;
      case InstrumentType.UP_DOWN_COUNTER:
        return this.#synchronous(this.#upDownCounters, descriptor, UpDownCounterInstrument).streams;
      case InstrumentType.HISTOGRAM:
        return this.#synchronous(this.#histograms, descriptor, HistogramInstrument).streams;
      case InstrumentType.GAUGE:
        return this.#synchronous(this.#gauges, descriptor, GaugeInstrument).streams;
      case InstrumentType.OBSERVABLE_COUNTER:
      case InstrumentType.OBSERVABLE_GAUGE:
      case InstrumentType.OBSERVABLE_UP_DOWN_COUNTER:
        return this.#observable(descriptor).streams;
      default:
        return descriptor.type satisfies never;
    }
  }

  /** @internal Connects all instruments to readers that were added. */
  attachReaders(): void {
    for (const stream of this.streams) stream.attachReaders();
    for (const recording of this.#recordings) recording.refresh();
  }

  /** @internal Disconnects all instruments from a reader that was removed. */
  detachReader(reader: ReaderChoices): void {
    for (const stream of this.streams) stream.detachReader(reader);
    for (const recording of this.#recordings) recording.refresh();
  }

  /** @internal Ends recording, at the provider's shutdown. */
  close(): void {
    this.#isClosed = true;
    for (const recording of this.#recordings) recording.close();
  }

  #synchronous<Instrument>(
    registered: Map<string, Registered<Instrument>>,
    descriptor: InstrumentDescriptor,
    Made: new (recording: MeasurementSink) => Instrument,
    fixed?: StreamConfiguration,
  ): Registered<Instrument> {
    const make = (named: InstrumentDescriptor, streams: readonly Stream[]): Instrument => {
      const recording = new MeasurementSink(named, streams, this.#context);
      this.#recordings.push(recording);
      if (this.#isClosed) recording.close();
      return new Made(recording);
    };
    return this.#once(registered, descriptor, make, fixed);
  }

  #observable(
    descriptor: InstrumentDescriptor,
    fixed?: StreamConfiguration,
  ): Registered<ObservableInstrument> {
    const make = (named: InstrumentDescriptor, streams: readonly Stream[]): ObservableInstrument =>
      new ObservableInstrument(named, streams, this.callbacks);
    return this.#once(this.#observables, descriptor, make, fixed);
  }

  #once<Instrument>(
    registered: Map<string, Registered<Instrument>>,
    given: InstrumentDescriptor,
    make: (descriptor: InstrumentDescriptor, streams: readonly Stream[]) => Instrument,
    fixed?: StreamConfiguration,
  ): Registered<Instrument> {
    const key = JSON.stringify([given.name.toLowerCase(), given.type, given.unit, given.valueType]);
    const existing = registered.get(key);
    if (existing !== undefined) {
      this.#reportDuplicate(existing, given);
      return existing;
    }
    const descriptor = { ...given, name: this.#firstName(given.name) };
    const streams = this.#registry.register(descriptor, this.#configurationsOf(descriptor, fixed));
    const made = { descriptor, streams, instrument: make(descriptor, streams) };
    registered.set(key, made);
    return made;
  }

  #configurationsOf(
    descriptor: InstrumentDescriptor,
    fixed: StreamConfiguration | undefined,
  ): readonly StreamConfiguration[] {
    if (fixed !== undefined) return [{ ...fixed, descriptor }];
    if (!this.isEnabled) return [];
    const { views, viewMatchingMode } = this.#context;
    return streamConfigurations(descriptor, adviceOf(descriptor), this.scope, views, viewMatchingMode);
  }

  #firstName(name: string): string {
    const key = name.toLowerCase();
    const first = this.#firstNames.get(key);
    if (first === undefined) this.#firstNames.set(key, name);
    return first ?? name;
  }

  // The name and advice of the first instrument are used. The longer description is used, unless a view sets
  // one.
  #reportDuplicate({ descriptor, streams }: Registered<unknown>, given: InstrumentDescriptor): void {
    const undescribed = streams.filter((stream) => !stream.configuration.describedByView);
    const isDescribedAnew = undescribed.some((stream) => stream.descriptor.description !== given.description);
    if (isDescribedAnew || descriptor.name !== given.name)
      this.#tell(conflictMessage(streams[0]?.descriptor ?? descriptor, given, descriptor));
    if (JSON.stringify(descriptor.advice) !== JSON.stringify(given.advice))
      this.#tell(
        `instrument "${descriptor.name}": already registered with other advice; the first advice is used`,
      );
    for (const stream of undescribed) stream.describe(given.description);
  }

  // Logged once per message, because some applications create their instruments again at each use.
  #tell(message: string): void {
    this.#warnings.warn(message, () => message);
  }
}
