/** A metric stream: the exported form of an instrument, or of several with one name by views. */
import type { Attributes } from "@opentelemetry/api";
import { AggregationTemporality, InstrumentType } from "../sdk-values.ts";
import {
  AlignedHistogramBucketExemplarReservoir,
  SimpleFixedSizeExemplarReservoir,
} from "../exemplars/sampled-reservoirs.ts";
import type { ExemplarReservoir } from "../exemplars/reservoir.ts";
import { SeriesExemplars } from "../exemplars/series-exemplars.ts";
import type { InstrumentDescriptor } from "../instruments/descriptor.ts";
import type { ProviderContext } from "../provider-context.ts";
import type { SeriesTableOptions } from "../series/series-table.ts";
import { ProcessedRecorder, processedAttributes } from "../aggregation/recorders.ts";
import { type Aggregation, DEFAULT_BOUNDARIES, defaultAggregation, sameAggregation } from "./aggregation.ts";
import { isObservable, type StreamConfiguration } from "./stream-configuration.ts";
import { CumulativeStore, DeltaStore } from "./recorded-stores.ts";
import {
  type KeptAggregation,
  makeStore,
  type RecordedStore,
  type SeriesHolder,
  type StreamStore,
} from "./stream-store.ts";
import { ObservedStore } from "./observed-store.ts";
import type { StreamOrigin } from "./members.ts";
import type { ReaderChoices } from "./reader-choices.ts";

export class Stream {
  readonly configuration: StreamConfiguration;
  readonly origin: StreamOrigin;
  /** Bound instruments that record to the stream. */
  readonly holders: Set<SeriesHolder> = new Set();
  readonly #context: ProviderContext;
  #descriptor: InstrumentDescriptor;
  readonly #recorded = new Map<ReaderChoices, RecordedStore>();
  // Created when the reader first collects: a reader that never does, such as that of snapshots, costs nothing.
  readonly #observed = new Map<ReaderChoices, ObservedStore | (() => ObservedStore)>();

  constructor(configuration: StreamConfiguration, origin: StreamOrigin, context: ProviderContext) {
    this.configuration = configuration;
    this.origin = origin;
    this.#descriptor = configuration.descriptor;
    this.#context = context;
  }

  get descriptor(): InstrumentDescriptor {
    return this.#descriptor;
  }

  /** Uses another instrument's description if it is longer. */
  describe(description: string): void {
    if (description.length > this.#descriptor.description.length)
      this.#descriptor = { ...this.#descriptor, description };
  }

  /** Creates the missing stores of readers. */
  attachReaders(): void {
    for (const reader of this.#context.readers) {
      if (this.#recorded.has(reader) || this.#observed.has(reader)) continue;
      const aggregation = this.#aggregationFor(reader);
      if (aggregation.kind === "drop") continue;
      const unixMillis = Date.now();
      if (isObservable(this.descriptor.type))
        this.#observed.set(reader, () => this.#observedStore(reader, aggregation, unixMillis));
      else this.#recorded.set(reader, this.#recordedStore(reader, aggregation));
    }
  }

  /** Removes a reader's store, unless other readers share it. */
  detachReader(reader: ReaderChoices): void {
    this.#recorded.delete(reader);
    this.#observed.delete(reader);
  }

  /** The reader's store; `undefined` if it drops the stream. */
  storeOf(reader: ReaderChoices): StreamStore | undefined {
    return this.#recorded.get(reader) ?? this.observedStoreOf(reader);
  }

  observedStoreOf(reader: ReaderChoices): ObservedStore | undefined {
    const known = this.#observed.get(reader);
    if (typeof known !== "function") return known;
    const store = known();
    this.#observed.set(reader, store);
    return store;
  }

  /** The stores that record the measurements of a synchronous instrument, without duplicates. */
  get recordedStores(): readonly RecordedStore[] {
    return [...new Set(this.#recorded.values())];
  }

  get stores(): readonly StreamStore[] {
    const all = this.#context.readers.map((reader) => this.storeOf(reader));
    return [...new Set(all.filter((store) => store !== undefined))];
  }

  /** Maximum number of series, the greatest of all readers. */
  get limit(): number {
    return Math.max(...this.#context.readers.map((reader) => this.#tableOptions(reader).limit));
  }

  /** Applies the stream's processors, if any, to an observation's attributes. Throws the error of a processor. */
  process(attributes: Attributes | undefined): Attributes | undefined {
    const { filter } = this.configuration;
    return filter.kind === "keys"
      ? attributes
      : processedAttributes(filter.processors, attributes, undefined);
  }

  get isDropped(): boolean {
    const { aggregation } = this.configuration;
    return typeof aggregation === "object" && aggregation.kind === "drop";
  }

  /** Whether sums of the stream never fall. */
  get isMonotonic(): boolean {
    const { type } = this.descriptor;
    return (
      type === InstrumentType.COUNTER ||
      type === InstrumentType.OBSERVABLE_COUNTER ||
      type === InstrumentType.HISTOGRAM
    );
  }

  #aggregationFor(reader: ReaderChoices): Aggregation {
    const { aggregation, advice } = this.configuration;
    const { type } = this.descriptor;
    if (typeof aggregation === "object") return aggregation;
    const byReader = aggregation === "default" ? undefined : reader.aggregation(type);
    if (byReader === undefined) return defaultAggregation(type, advice);
    // If a reader selects a histogram without boundaries, the advised ones are used.
    return byReader.kind === "explicitHistogram" && byReader.boundaries === DEFAULT_BOUNDARIES
      ? { ...byReader, boundaries: advice.boundaries ?? DEFAULT_BOUNDARIES }
      : byReader;
  }

  #temporalityFor(reader: ReaderChoices): AggregationTemporality {
    if (this.configuration.fixed !== undefined) return AggregationTemporality.CUMULATIVE;
    return reader.temporality(this.descriptor.type);
  }

  #recordedStore(reader: ReaderChoices, aggregation: KeptAggregation): RecordedStore {
    const table = this.#tableOptions(reader);
    if (this.#temporalityFor(reader) === AggregationTemporality.CUMULATIVE) {
      const shared = this.recordedStores.find(
        (store) =>
          store.temporality === AggregationTemporality.CUMULATIVE &&
          store.series.limit === table.limit &&
          sameAggregation(store.aggregation, aggregation),
      );
      return shared ?? this.#cumulativeStore(aggregation, table);
    }
    const exemplars = this.#exemplars(aggregation, false);
    return new DeltaStore(aggregation, table, (store) => this.#recorder(store), exemplars, Date.now());
  }

  #cumulativeStore(aggregation: KeptAggregation, table: SeriesTableOptions): CumulativeStore {
    const store = makeStore(aggregation, {
      ...table,
      trackActivity: this.#context.tracksActivity,
      shared: this.#context.shared?.store(this.origin, aggregation),
    });
    const exemplars = this.#exemplars(aggregation, true);
    return new CumulativeStore(aggregation, store, this.#recorder(store), exemplars, this.#context);
  }

  #observedStore(reader: ReaderChoices, aggregation: KeptAggregation, unixMillis: number): ObservedStore {
    const { filter } = this.configuration;
    return new ObservedStore({
      aggregation,
      temporality: this.#temporalityFor(reader),
      isMonotonic: this.isMonotonic,
      isFiltered: filter.kind === "processors" || filter.keeps !== undefined,
      table: this.#tableOptions(reader),
      exemplars: this.#exemplars(aggregation, false),
      unixMillis,
      idle: this.#context,
    });
  }

  #recorder(store: ReturnType<typeof makeStore>): RecordedStore["recorder"] {
    const { filter } = this.configuration;
    if (filter.kind === "keys") return store;
    const { dropped } = this.#context;
    return new ProcessedRecorder(store, filter.processors, (error) =>
      dropped.measurement(this.descriptor.name, "processor_error", error),
    );
  }

  #tableOptions(reader: ReaderChoices): SeriesTableOptions {
    const { interner, changes, cardinalityLimit, dropped } = this.#context;
    const { filter, cardinalityLimit: ofView } = this.configuration;
    const { name, type } = this.descriptor;
    return {
      interner,
      changes,
      limit: ofView ?? reader.cardinalityLimit(type, cardinalityLimit),
      clock: () => Date.now(),
      onDroppedAttribute: (key) => dropped.label(name, "invalid", key),
      ...(filter.kind === "keys" && filter.keeps !== undefined && { keep: filter.keeps }),
    };
  }

  #exemplars(aggregation: KeptAggregation, keepsLast: boolean): SeriesExemplars {
    return new SeriesExemplars(
      this.configuration.exemplarReservoir ?? (() => defaultReservoir(aggregation)),
      { keepsLast, isProcessed: this.configuration.filter.kind === "processors" },
    );
  }
}

// 20 is the specification's default for exponential histograms.
function defaultReservoir(aggregation: KeptAggregation): ExemplarReservoir {
  if (aggregation.kind === "explicitHistogram" && aggregation.boundaries.length > 0)
    return new AlignedHistogramBucketExemplarReservoir(aggregation.boundaries);
  if (aggregation.kind === "exponentialHistogram")
    return new SimpleFixedSizeExemplarReservoir(Math.min(20, aggregation.maxSize));
  return new SimpleFixedSizeExemplarReservoir();
}
