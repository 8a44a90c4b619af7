/** Records what one call of a callback observes for one instrument and one reader. */
import {
  type Attributes,
  ValueType,
  type BatchObservableResult,
  type Observable,
  type ObservableResult,
} from "@opentelemetry/api";
import { InstrumentType } from "../sdk-values.ts";
import type { InstrumentDescriptor } from "../instruments/descriptor.ts";
import type { ProviderContext } from "../provider-context.ts";
import type { ReaderChoices } from "../streams/reader-choices.ts";
import type { Observations, ObservedStore } from "../streams/observed-store.ts";
import type { Stream } from "../streams/stream.ts";

interface Observed {
  readonly descriptor: InstrumentDescriptor;
  readonly streams: readonly Stream[];
}

interface Sink {
  readonly stream: Stream;
  readonly store: ObservedStore;
  readonly observations: Observations;
}

/** Observations are held back until the callback has succeeded. */
export class ObservationSink {
  readonly #instrument: Observed;
  readonly #context: ProviderContext;
  readonly #sinks: readonly Sink[];

  constructor(
    instrument: Observed,
    reader: ReaderChoices,
    context: ProviderContext,
    isCollected: (stream: Stream) => boolean,
  ) {
    this.#instrument = instrument;
    this.#context = context;
    this.#sinks = instrument.streams.filter(isCollected).flatMap((stream) => {
      const store = stream.observedStoreOf(reader);
      return store === undefined ? [] : [{ stream, store, observations: store.begin() }];
    });
  }

  /** Notes an observation. Invalid values are dropped, counted and logged once. */
  observe(value: number, attributes: Attributes | undefined): void {
    const { name, type, valueType } = this.#instrument.descriptor;
    const { dropped } = this.#context;
    if (typeof value !== "number") return dropped.measurement(name, "not_a_number", value);
    if (type !== InstrumentType.OBSERVABLE_GAUGE || valueType === ValueType.INT) {
      if (!Number.isFinite(value)) return this.#drop(value);
    }
    if (type === InstrumentType.OBSERVABLE_COUNTER && value < 0)
      return dropped.measurement(name, "negative", value);
    if (valueType !== ValueType.INT || Number.isInteger(value)) return this.#note(value, attributes);
    dropped.log(name, "fraction", () => `its values are whole numbers, so ${value} lost its fraction`);
    this.#note(Math.trunc(value), attributes);
  }

  /** Commits the noted observations, for the next collection. */
  commit(): void {
    for (const { store, observations } of this.#sinks) store.take(observations);
  }

  leave(): void {
    for (const { store } of this.#sinks) store.leave();
  }

  #note(value: number, attributes: Attributes | undefined): void {
    for (const { stream, store, observations } of this.#sinks) {
      // A view may select a sum or a histogram for a gauge.
      if (!Number.isFinite(value) && store.aggregation.kind !== "lastValue") {
        this.#drop(value);
        continue;
      }
      try {
        const row = store.note(value, stream.process(attributes), attributes, observations);
        this.#sample(store, row, value, attributes);
      } catch (error) {
        const { name } = this.#instrument.descriptor;
        this.#context.dropped.measurement(name, "processor_error", error);
      }
    }
  }

  #drop(value: number): void {
    const { name } = this.#instrument.descriptor;
    this.#context.dropped.measurement(name, Number.isNaN(value) ? "not_a_number" : "not_finite", value);
  }

  #sample(store: ObservedStore, row: number, value: number, attributes: Attributes | undefined): void {
    const { sampling } = this.#context;
    if (!sampling.on) return;
    const context = sampling.eligibleContext(undefined);
    if (context !== undefined) store.exemplars.offer(row, value, attributes, context, store.series);
  }
}

export interface ClosableResult {
  close(): void;
}

export class SingleResult implements ObservableResult, ClosableResult {
  #sink: ObservationSink | undefined;

  constructor(sink: ObservationSink | undefined) {
    this.#sink = sink;
  }

  /** Observes `value` for the series of `attributes`. */
  observe(value: number, attributes?: Attributes): void {
    this.#sink?.observe(value, attributes);
  }

  close(): void {
    this.#sink = undefined;
  }
}

export class BatchResult implements BatchObservableResult, ClosableResult {
  #sinks: ReadonlyMap<Observable, ObservationSink> | undefined;

  constructor(sinks: ReadonlyMap<Observable, ObservationSink>) {
    this.#sinks = sinks;
  }

  /** Observes `value` for the series of `attributes` of `metric`, which must be one of the callback's instruments. */
  observe(metric: Observable, value: number, attributes?: Attributes): void {
    this.#sinks?.get(metric)?.observe(value, attributes);
  }

  close(): void {
    this.#sinks = undefined;
  }
}
