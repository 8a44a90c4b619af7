// src/engine/index.d.ts
export * from "@opentelemetry/sdk-metrics";
export type { StreamCardinality } from "./cardinality.ts";
export { AlignedHistogramBucketExemplarReservoir } from "./exemplars/aligned-histogram-bucket-reservoir.ts";
export type { Exemplar, ExemplarReservoir } from "./exemplars/reservoir.ts";
export type { ExemplarFilter } from "./exemplars/sampling.ts";
export { SimpleFixedSizeExemplarReservoir } from "./exemplars/simple-fixed-size-reservoir.ts";
export type { BoundCounter, CounterInstrument } from "./instruments/counter.ts";
export type { BoundGauge, GaugeInstrument } from "./instruments/gauge.ts";
export type { BoundHistogram, HistogramInstrument } from "./instruments/histogram.ts";
export type { BoundUpDownCounter, UpDownCounterInstrument } from "./instruments/up-down-counter.ts";
export type { Meter } from "./meter.ts";
export { MeterProvider } from "./meter-provider.ts";
export { MeterProviderError, type MeterProviderOptions } from "./meter-provider-options.ts";
export type { ViewOptions } from "./views/view.ts";

// src/engine/cardinality.d.ts
import type { Stream } from "./streams/stream.ts";
export interface StreamCardinality {
    readonly scope: string;
    readonly instrument: string;
    readonly series: number;
    readonly limit: number;
    readonly overflowed: boolean;
    readonly widestAttribute?: {
        readonly key: string;
        readonly values: number;
    };
}
export declare function cardinalityOf(scope: string, stream: Stream): StreamCardinality | undefined;

// src/engine/streams/stream.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { InstrumentDescriptor } from "../instruments/descriptor.ts";
import type { Pipeline } from "../pipeline.ts";
import { type StreamConfiguration } from "../views/stream-configuration.ts";
import { ObservedStore } from "./observed-store.ts";
import type { ReaderChoices } from "./reader-choices.ts";
import type { RecordedStore, StreamStore } from "./stream-store.ts";
export declare class Stream {
    #private;
    readonly configuration: StreamConfiguration;
    constructor(configuration: StreamConfiguration, pipeline: Pipeline);
    get descriptor(): InstrumentDescriptor;
    describe(description: string): void;
    attachReaders(): void;
    storeOf(reader: ReaderChoices): StreamStore | undefined;
    observedStoreOf(reader: ReaderChoices): ObservedStore | undefined;
    get recordedStores(): readonly RecordedStore[];
    get stores(): readonly StreamStore[];
    process(attributes: Attributes | undefined): Attributes | undefined;
    get isDropped(): boolean;
    get isMonotonic(): boolean;
}

// src/engine/instruments/descriptor.d.ts
import { type MetricAdvice, type MetricOptions } from "@opentelemetry/api";
import type { InstrumentType, MetricDescriptor } from "@opentelemetry/sdk-metrics";
export interface InstrumentOptions extends MetricOptions {
    advice?: MetricAdvice & {
        attributes?: string[];
    };
}
export interface InstrumentDescriptor extends MetricDescriptor {
    readonly type: InstrumentType;
    readonly advice: MetricAdvice;
}
export interface Advice {
    readonly boundaries?: readonly number[];
    readonly attributes?: readonly string[];
}
export declare function describeInstrument(name: string, type: InstrumentType, options: InstrumentOptions | undefined): InstrumentDescriptor;
export declare function adviceOf({ name, advice }: InstrumentDescriptor): Advice;
export declare function sameInstrument(a: InstrumentDescriptor, b: InstrumentDescriptor): boolean;

// src/engine/pipeline.d.ts
import type { Resource } from "@opentelemetry/resources";
import type { Sampling } from "./exemplars/sampling.ts";
import type { Refusals } from "./refusals.ts";
import type { Interner } from "./series/interner.ts";
import type { ReaderChoices } from "./streams/reader-choices.ts";
import type { ViewMatchingMode } from "./views/stream-configuration.ts";
import type { View } from "./views/view.ts";
export interface Pipeline {
    readonly resource: Resource;
    readonly views: readonly View[];
    readonly viewMatchingMode: ViewMatchingMode;
    readonly cardinalityLimit: number | undefined;
    readonly timeToLiveMillis: number;
    readonly readers: ReaderChoices[];
    readonly interner: Interner;
    readonly sampling: Sampling;
    readonly refusals: Refusals;
}

// src/engine/exemplars/sampling.d.ts
import { type Context } from "@opentelemetry/api";
export type ExemplarFilter = "trace_based" | "always_on" | "always_off";
export declare class Sampling {
    #private;
    on: boolean;
    readonly filter: ExemplarFilter;
    constructor(filter: ExemplarFilter);
    refresh(): void;
    eligibleContext(given: Context | undefined): Context | undefined;
}

// src/engine/refusals.d.ts
import { type Meter } from "@opentelemetry/api";
export type RefusalReason = "negative" | "not_a_number" | "not_finite" | "processor_error" | "callback_error" | "callback_timeout";
export declare class Refusals {
    #private;
    constructor(meter: () => Meter);
    measurement(instrument: string, reason: RefusalReason, given: unknown): void;
    attribute(instrument: string, key: string): void;
    tell(instrument: string, cause: string, message: string): void;
}

// src/engine/series/interner.d.ts
import type { AttributeValue } from "@opentelemetry/api";
export declare const NO_PAIR = -1;
export declare class Interner {
    #private;
    get size(): number;
    get forgotten(): number;
    get idLimit(): number;
    find(key: string, value: unknown): number;
    intern(key: string, value: unknown): number;
    retain(id: number): void;
    release(id: number): void;
    keyOf(id: number): string;
    valueOf(id: number): AttributeValue;
    stampOf(id: number): number;
}

// src/engine/streams/reader-choices.d.ts
import { AggregationTemporality, type IMetricReader, type InstrumentType } from "@opentelemetry/sdk-metrics";
import { type Aggregation } from "../views/aggregation.ts";
export declare const DEFAULT_CARDINALITY_LIMIT = 2000;
type Selectors = Partial<Pick<IMetricReader, "selectAggregation" | "selectAggregationTemporality" | "selectCardinalityLimit">>;
export declare class ReaderChoices {
    #private;
    constructor(reader: Selectors);
    aggregation(type: InstrumentType): Aggregation | undefined;
    temporality(type: InstrumentType): AggregationTemporality;
    cardinalityLimit(type: InstrumentType, ofProvider: number | undefined): number;
}
export {};

// src/engine/views/aggregation.d.ts
import { type AggregationOption, InstrumentType } from "@opentelemetry/sdk-metrics";
import type { Advice } from "../instruments/descriptor.ts";
export interface ExplicitHistogram {
    readonly kind: "explicitHistogram";
    readonly boundaries: readonly number[];
    readonly recordMinMax: boolean;
}
export interface ExponentialHistogram {
    readonly kind: "exponentialHistogram";
    readonly maxSize: number;
    readonly maxScale: number;
    readonly recordMinMax: boolean;
}
export type Aggregation = {
    readonly kind: "drop";
} | {
    readonly kind: "sum";
} | {
    readonly kind: "lastValue";
} | ExplicitHistogram | ExponentialHistogram;
export declare const DEFAULT_BOUNDARIES: readonly number[];
export declare function aggregationFrom(option: AggregationOption): Aggregation | {
    readonly problem: string;
} | undefined;
export declare function defaultAggregation(type: InstrumentType, { boundaries }: Advice): Aggregation;
export declare function sameAggregation(a: Aggregation, b: Aggregation): boolean;


// src/engine/views/stream-configuration.d.ts
import { type IAttributesProcessor, InstrumentType } from "@opentelemetry/sdk-metrics";
import type { ExemplarReservoir } from "../exemplars/reservoir.ts";
import type { Advice, InstrumentDescriptor } from "../instruments/descriptor.ts";
import type { Scope } from "../scope.ts";
import type { Aggregation } from "./aggregation.ts";
import { type KeyTest } from "./key-filter.ts";
import type { View } from "./view.ts";
export type ViewMatchingMode = "independent" | "composable";
export interface StreamConfiguration {
    readonly descriptor: InstrumentDescriptor;
    readonly describedByView: boolean;
    readonly aggregation: Aggregation | "default" | undefined;
    readonly advice: Advice;
    readonly filter: AttributeFilter;
    readonly cardinalityLimit: number | undefined;
    readonly exemplarReservoir: (() => ExemplarReservoir) | undefined;
}
export type AttributeFilter = 
{
    readonly kind: "keys";
    readonly keeps: KeyTest | undefined;
}
 | {
    readonly kind: "processors";
    readonly processors: readonly IAttributesProcessor[];
};
export declare function streamConfigurations(instrument: InstrumentDescriptor, advice: Advice, scope: Scope, views: readonly View[], mode: ViewMatchingMode): readonly StreamConfiguration[];
export declare function isHistogram(aggregation: Aggregation | "default" | undefined): boolean;
export declare function isObservable(type: InstrumentType): boolean;

// src/engine/exemplars/reservoir.d.ts
import type { Attributes, Context, HrTime } from "@opentelemetry/api";
export interface Exemplar {
    filteredAttributes: Attributes;
    value: number;
    timestamp: HrTime;
    traceId?: string;
    spanId?: string;
}
export interface ExemplarReservoir {
    offer(value: number, attributes: Attributes, context: Context, timeUnixNano: bigint): void;
    collect(pointAttributes: Attributes): readonly Exemplar[];
}


// src/engine/scope.d.ts
import type { Attributes, MeterOptions } from "@opentelemetry/api";
import type { InstrumentationScope } from "@opentelemetry/core";
export interface ScopeOptions extends MeterOptions {
    attributes?: Attributes;
}
export interface Scope extends InstrumentationScope {
    readonly version: string;
    readonly attributes?: Attributes;
}
export declare function scopeFrom(name: string, version: string, options: ScopeOptions): Scope;
export declare function scopeKey({ name, version, schemaUrl, attributes }: Scope): string;


// src/engine/views/key-filter.d.ts
import type { IAttributesProcessor } from "@opentelemetry/sdk-metrics";
export type KeyTest = (key: string) => boolean;
export declare function keyTestOf(processor: IAttributesProcessor): KeyTest | undefined;

// src/engine/views/view.d.ts
import type { IAttributesProcessor, ViewOptions as UpstreamViewOptions } from "@opentelemetry/sdk-metrics";
import type { ExemplarReservoir } from "../exemplars/reservoir.ts";
import type { InstrumentDescriptor } from "../instruments/descriptor.ts";
import type { Scope } from "../scope.ts";
import { type Aggregation } from "./aggregation.ts";
export type ViewOptions = UpstreamViewOptions & {
    exemplarReservoir?: () => ExemplarReservoir;
};
export interface View {
    readonly matches: (instrument: InstrumentDescriptor, scope: Scope) => boolean;
    readonly name: string | undefined;
    readonly description: string | undefined;
    readonly aggregation: Aggregation | "default" | undefined;
    readonly processors: readonly IAttributesProcessor[];
    readonly cardinalityLimit: number | undefined;
    readonly exemplarReservoir: (() => ExemplarReservoir) | undefined;
}
export declare function viewProblems(options: ViewOptions): readonly string[];
export declare function viewFrom(options: ViewOptions): View;







// src/engine/streams/observed-store.d.ts
import type { Attributes } from "@opentelemetry/api";
import { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import type { SeriesSource, SeriesVisitor } from "../collection/series-source.ts";
import type { SeriesExemplars } from "../exemplars/series-exemplars.ts";
import { SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";
import { type Cells } from "./live-series.ts";
import type { KeptAggregation } from "./make-store.ts";
import type { StreamStore } from "./stream-store.ts";
export interface Observations {
    readonly rows: number[];
    readonly values: number[];
    readonly homeless: {
        readonly attributes: Attributes;
        readonly value: number;
    }[];
}
export interface ObservedStoreOptions {
    readonly aggregation: KeptAggregation;
    readonly temporality: AggregationTemporality;
    readonly isMonotonic: boolean;
    readonly isFiltered: boolean;
    readonly table: SeriesTableOptions;
    readonly exemplars: SeriesExemplars;
    readonly unixMillis: number;
    readonly timeToLiveMillis: number;
}
export declare class ObservedStore implements StreamStore, Cells {
    #private;
    readonly aggregation: KeptAggregation;
    readonly temporality: AggregationTemporality;
    readonly series: SeriesTable;
    readonly exemplars: SeriesExemplars;
    constructor(options: ObservedStoreOptions);
    begin(): Observations;
    note(value: number, attributes: Attributes | undefined, observations: Observations): number;
    take(observations: Observations): void;
    leave(): void;
    collect(unixMillis: number): SeriesSource | undefined;
    isRecorded(row: number): boolean;
    show(row: number, visitor: SeriesVisitor): void;
    lengthOf(): number;
}

// src/engine/collection/series-source.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { Exemplar } from "../exemplars/reservoir.ts";
export interface SeriesVisitor {
    series(cells: Float64Array, offset: number, row: number): void;
}
export interface SeriesSource {
    readonly length: number;
    visit(from: number, to: number, visitor: SeriesVisitor): void;
    pairCountOf(row: number): number;
    pairAt(row: number, index: number): number;
    attributesOf(row: number): Attributes;
    startTimeOf(row: number): number;
    exemplarsOf(row: number): readonly Exemplar[];
}


// src/engine/exemplars/series-exemplars.d.ts
import { type Attributes, type Context } from "@opentelemetry/api";
import type { Exemplar, ExemplarReservoir } from "./reservoir.ts";
interface AttributeSource {
    attributesOf(row: number): Attributes;
}
export declare class SeriesExemplars {
    #private;
    constructor(makeReservoir: () => ExemplarReservoir, keepsLast: boolean);
    offer(row: number, value: number, attributes: Attributes | undefined, context: Context): void;
    collect(row: number, source: AttributeSource): readonly Exemplar[];
    forget(row: number): void;
}
export {};


// src/engine/series/series-table.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { Interner } from "./interner.ts";
export interface SeriesTableOptions {
    readonly interner: Interner;
    readonly limit: number;
    readonly keep?: ((key: string) => boolean) | undefined;
    readonly onNewRow?: ((row: number) => void) | undefined;
    readonly onDroppedAttribute?: ((key: string) => void) | undefined;
    readonly clock?: (() => number) | undefined;
    readonly makeRoom?: (() => boolean) | undefined;
    readonly trackActivity?: boolean | undefined;
}
export declare const OVERFLOW_ROW = 0;
export declare class SeriesTable {
    #private;
    readonly interner: Interner;
    readonly limit: number;
    constructor(options: SeriesTableOptions);
    get rowCount(): number;
    get size(): number;
    get isFull(): boolean;
    get overflowed(): boolean;
    rowOf(attributes: Attributes | undefined): number;
    isLive(row: number): boolean;
    pairCountOf(row: number): number;
    pairAt(row: number, index: number): number;
    attributesOf(row: number): Attributes;
    startTimeOf(row: number): number;
    setStartTime(row: number, unixMillis: number): void;
    retain(row: number): void;
    release(row: number): void;
    isHeld(row: number): boolean;
    free(row: number): boolean;
    advanceActivity(unixMillis: number): void;
    isIdle(row: number, unixMillis: number): boolean;
}


// src/engine/streams/live-series.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { SeriesSource, SeriesVisitor } from "../collection/series-source.ts";
import type { Exemplar } from "../exemplars/reservoir.ts";
import type { SeriesExemplars } from "../exemplars/series-exemplars.ts";
import type { SeriesTable } from "../series/series-table.ts";
export interface Cells {
    isRecorded(row: number): boolean;
    show(row: number, visitor: SeriesVisitor): void;
    lengthOf(cells: Float64Array, offset: number): number;
}
export declare class LiveSeries implements SeriesSource {
    #private;
    constructor(cells: Cells, series: SeriesTable, exemplars: SeriesExemplars, startTime?: () => number);
    get length(): number;
    get isEmpty(): boolean;
    visit(from: number, to: number, visitor: SeriesVisitor): void;
    pairCountOf(row: number): number;
    pairAt(row: number, index: number): number;
    attributesOf(row: number): Attributes;
    startTimeOf(row: number): number;
    exemplarsOf(row: number): readonly Exemplar[];
}





// src/engine/streams/make-store.d.ts
import type { SeriesTableOptions } from "../series/series-table.ts";
import { ExplicitHistogramStore } from "../stores/explicit-histogram-store.ts";
import { ExponentialHistogramStore } from "../stores/exponential-histogram-store.ts";
import { LastValueStore } from "../stores/last-value-store.ts";
import { SumStore } from "../stores/sum-store.ts";
import type { Aggregation } from "../views/aggregation.ts";
export type KeptAggregation = Exclude<Aggregation, {
    kind: "drop";
}>;
export type SyncStore = SumStore | LastValueStore | ExplicitHistogramStore | ExponentialHistogramStore;
export declare function makeStore(aggregation: KeptAggregation, options: SeriesTableOptions): SyncStore;


// src/engine/stores/explicit-histogram-store.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { Histogram } from "@opentelemetry/sdk-metrics";
import { SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";
import { Pages } from "../storage/pages.ts";
import { RowSequences } from "../storage/row-sequences.ts";
import type { Handle, Store } from "./store.ts";
export interface ExplicitHistogramStoreOptions extends Omit<SeriesTableOptions, "onNewRow"> {
    readonly boundaries: readonly number[];
    readonly recordMinMax: boolean;
    readonly shared?: boolean;
}
export declare class ExplicitHistogramStore implements Store {
    #private;
    readonly series: SeriesTable;
    readonly pages: Pages;
    readonly boundaries: readonly number[];
    readonly bounds: Float64Array;
    readonly sequences: RowSequences | undefined;
    constructor({ boundaries, recordMinMax, shared, ...options }: ExplicitHistogramStoreOptions);
    record(value: number, attributes: Attributes | undefined): number;
    valueOf(row: number): Histogram;
    isRecorded(row: number): boolean;
    empty(row: number): void;
    bind(attributes: Attributes | undefined): Handle;
}


// src/engine/storage/pages.d.ts
export interface PagesOptions {
    readonly emptyRow: readonly number[];
    readonly shared?: boolean;
}
export declare class Pages {
    #private;
    readonly width: number;
    readonly shift: number;
    readonly mask: number;
    readonly pages: Float64Array[];
    constructor({ emptyRow, shared }: PagesOptions);
    reserve(row: number): void;
    pageOf(row: number): Float64Array;
    offsetOf(row: number): number;
    clear(row: number): void;
}

// src/engine/storage/row-sequences.d.ts
export declare class RowSequences {
    readonly pages: Int32Array[];
    reserve(row: number): void;
    mark(row: number): void;
    copyWhole(row: number, copy: () => void, attempts?: number): boolean;
}

// src/engine/stores/store.d.ts
import type { Attributes, Context } from "@opentelemetry/api";
import type { SeriesTable } from "../series/series-table.ts";
export interface Recorder {
    record(value: number, attributes: Attributes | undefined, context: Context | undefined): number;
    bind(attributes: Attributes | undefined): Handle;
}
export interface Store extends Recorder {
    readonly series: SeriesTable;
    isRecorded(row: number): boolean;
    empty(row: number): void;
}
export interface Handle {
    readonly row: number;
    record(value: number): void;
    release(): void;
}
export declare const NO_ROW = -1;


// src/engine/stores/exponential-histogram-store.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { ExponentialHistogram } from "@opentelemetry/sdk-metrics";
import { ExponentialRows, type ExponentialShape } from "../aggregation/exponential-rows.ts";
import { SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";
import { RowSequences } from "../storage/row-sequences.ts";
import type { Handle, Store } from "./store.ts";
export interface ExponentialHistogramStoreOptions extends Omit<SeriesTableOptions, "onNewRow">, ExponentialShape {
    readonly shared?: boolean;
}
export declare class ExponentialHistogramStore implements Store {
    #private;
    readonly series: SeriesTable;
    readonly rows: ExponentialRows;
    readonly sequences: RowSequences | undefined;
    constructor({ maxSize, maxScale, recordMinMax, shared, ...options }: ExponentialHistogramStoreOptions);
    record(value: number, attributes: Attributes | undefined): number;
    valueOf(row: number): ExponentialHistogram;
    isRecorded(row: number): boolean;
    empty(row: number): void;
    bind(attributes: Attributes | undefined): Handle;
}

// src/engine/aggregation/exponential-rows.d.ts
import { type MixedPage } from "./mixed-pages.ts";
export interface ExponentialShape {
    readonly maxSize: number;
    readonly maxScale: number;
    readonly recordMinMax: boolean;
}
export declare const READING: {
    readonly count: 0;
    readonly sum: 1;
    readonly min: 2;
    readonly max: 3;
    readonly zeroCount: 4;
    readonly scale: 5;
    readonly positiveOffset: 6;
    readonly positiveLength: 7;
    readonly negativeOffset: 8;
    readonly negativeLength: 9;
    readonly counts: 10;
};
export declare class ExponentialRows {
    #private;
    readonly readingLength: number;
    constructor({ maxSize, maxScale, recordMinMax }: ExponentialShape, shared: boolean);
    reserve(row: number): void;
    pageOf(row: number): MixedPage;
    offsetOf(row: number): number;
    record(page: MixedPage, offset: number, value: number): void;
    countOf(row: number): number;
    empty(row: number): void;
    read(row: number, into: Float64Array): void;
}

// src/engine/aggregation/mixed-pages.d.ts
import { Pages, type PagesOptions } from "../storage/pages.ts";
export interface MixedPage {
    readonly cells: Float64Array;
    readonly ints: Int32Array;
    readonly words: Uint16Array;
}
export declare class MixedPages {
    #private;
    readonly pages: Pages;
    constructor(options: PagesOptions);
    reserve(row: number): void;
    pageOf(row: number): MixedPage;
    offsetOf(row: number): number;
}





// src/engine/stores/last-value-store.d.ts
import type { Attributes } from "@opentelemetry/api";
import { SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";
import { Pages } from "../storage/pages.ts";
import { RowSequences } from "../storage/row-sequences.ts";
import type { Handle, Store } from "./store.ts";
export interface LastValueStoreOptions extends Omit<SeriesTableOptions, "onNewRow"> {
    readonly shared?: boolean;
}
export declare class LastValueStore implements Store {
    #private;
    readonly series: SeriesTable;
    readonly pages: Pages;
    readonly sequences: RowSequences | undefined;
    constructor({ shared, ...options }: LastValueStoreOptions);
    record(value: number, attributes: Attributes | undefined): number;
    valueOf(row: number): number;
    isRecorded(row: number): boolean;
    empty(row: number): void;
    bind(attributes: Attributes | undefined): Handle;
}





// src/engine/stores/sum-store.d.ts
import type { Attributes } from "@opentelemetry/api";
import { SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";
import { Pages } from "../storage/pages.ts";
import { RowHandle } from "./row-handle.ts";
import type { Handle, Store } from "./store.ts";
export interface SumStoreOptions extends Omit<SeriesTableOptions, "onNewRow"> {
    readonly shared?: boolean;
}
export declare class SumStore implements Store {
    readonly series: SeriesTable;
    readonly pages: Pages;
    constructor({ shared, ...options }: SumStoreOptions);
    record(value: number, attributes: Attributes | undefined): number;
    valueOf(row: number): number;
    isRecorded(row: number): boolean;
    empty(row: number): void;
    bind(attributes: Attributes | undefined): SumHandle;
}
export declare class SumHandle extends RowHandle implements Handle {
    #private;
    constructor({ series, pages }: SumStore, row: number);
    record(value: number): void;
}



// src/engine/stores/row-handle.d.ts
import type { SeriesTable } from "../series/series-table.ts";
export declare class RowHandle {
    #private;
    readonly row: number;
    constructor(series: SeriesTable, row: number);
    release(): void;
}




// src/engine/streams/stream-store.d.ts
import type { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import type { SeriesSource } from "../collection/series-source.ts";
import type { SeriesExemplars } from "../exemplars/series-exemplars.ts";
import type { SeriesTable } from "../series/series-table.ts";
import type { Recorder } from "../stores/store.ts";
import type { KeptAggregation } from "./make-store.ts";
export interface StreamStore {
    readonly aggregation: KeptAggregation;
    readonly temporality: AggregationTemporality;
    readonly series: SeriesTable;
    readonly exemplars: SeriesExemplars;
    collect(unixMillis: number): SeriesSource | undefined;
}
export interface RecordedStore extends StreamStore {
    readonly recorder: Recorder;
}








// src/engine/exemplars/aligned-histogram-bucket-reservoir.d.ts
import { SampledReservoir } from "./sampled-reservoir.ts";
export declare class AlignedHistogramBucketExemplarReservoir extends SampledReservoir {
    #private;
    constructor(boundaries: readonly number[]);
    protected placeFor(value: number): number;
    protected restart(): void;
}

// src/engine/exemplars/sampled-reservoir.d.ts
import { type Attributes, type Context } from "@opentelemetry/api";
import type { Exemplar, ExemplarReservoir } from "./reservoir.ts";
export declare abstract class SampledReservoir implements ExemplarReservoir {
    #private;
    constructor(size: number);
    protected abstract placeFor(value: number): number;
    protected abstract restart(): void;
    sample(value: number, attributes: Attributes, context: Context): void;
    offer(value: number, attributes: Attributes, context: Context, timeUnixNano: bigint): void;
    collect(pointAttributes: Attributes): readonly Exemplar[];
}




// src/engine/exemplars/simple-fixed-size-reservoir.d.ts
import { SampledReservoir } from "./sampled-reservoir.ts";
export declare class SimpleFixedSizeExemplarReservoir extends SampledReservoir {
    #private;
    constructor(size?: number);
    protected placeFor(): number;
    protected restart(): void;
}


// src/engine/instruments/counter.d.ts
import type { Attributes, Context, Counter } from "@opentelemetry/api";
import { BoundInstrument, SyncInstrument } from "./sync-instrument.ts";
export declare class CounterInstrument<AttributesTypes extends Attributes = Attributes> extends SyncInstrument implements Counter<AttributesTypes> {
    add(value: number, attributes?: AttributesTypes, context?: Context): void;
    bind(attributes?: AttributesTypes): BoundCounter;
}
export declare class BoundCounter extends BoundInstrument {
    add(value: number, context?: Context): void;
}

// src/engine/instruments/sync-instrument.d.ts
import type { Attributes, Context } from "@opentelemetry/api";
import type { Sampling } from "../exemplars/sampling.ts";
import type { Handle, Recorder } from "../stores/store.ts";
import type { Recording } from "./recording.ts";
export declare abstract class SyncInstrument {
    protected recorder: Recorder;
    protected readonly sampling: Sampling;
    protected readonly recording: Recording;
    constructor(recording: Recording);
    enabled(): boolean;
}
export declare abstract class BoundInstrument {
    #private;
    protected handle: Handle;
    protected readonly sampling: Sampling;
    protected readonly recording: Recording;
    constructor(recording: Recording, attributes: Attributes | undefined);
    release(): void;
    protected sample(value: number, context: Context | undefined): void;
}



// src/engine/instruments/recording.d.ts
import { type Attributes, type Context } from "@opentelemetry/api";
import type { Sampling } from "../exemplars/sampling.ts";
import type { Refusals } from "../refusals.ts";
import { type Handle, type Recorder } from "../stores/store.ts";
import type { RecordedStore } from "../streams/stream-store.ts";
import type { Stream } from "../streams/stream.ts";
import type { InstrumentDescriptor } from "./descriptor.ts";
export declare class Recording {
    #private;
    readonly descriptor: InstrumentDescriptor;
    readonly sampling: Sampling;
    constructor(descriptor: InstrumentDescriptor, streams: readonly Stream[], sampling: Sampling, refusals: Refusals);
    get recorder(): Recorder;
    get stores(): readonly RecordedStore[];
    get isEnabled(): boolean;
    onChange(listener: () => void): () => void;
    refresh(): void;
    close(): void;
    refuse(given: unknown): void;
    sample(row: number, given: number, attributes: Attributes | undefined, within: Context | undefined): void;
    typedValue(given: number): number | undefined;
    typedHandle(handle: Handle): Handle;
}







// src/engine/instruments/gauge.d.ts
import type { Attributes, Context, Gauge } from "@opentelemetry/api";
import { BoundInstrument, SyncInstrument } from "./sync-instrument.ts";
export declare class GaugeInstrument<AttributesTypes extends Attributes = Attributes> extends SyncInstrument implements Gauge<AttributesTypes> {
    record(value: number, attributes?: AttributesTypes, context?: Context): void;
    bind(attributes?: AttributesTypes): BoundGauge;
}
export declare class BoundGauge extends BoundInstrument {
    record(value: number, context?: Context): void;
}


// src/engine/instruments/histogram.d.ts
import type { Attributes, Context, Histogram } from "@opentelemetry/api";
import { BoundInstrument, SyncInstrument } from "./sync-instrument.ts";
export declare class HistogramInstrument<AttributesTypes extends Attributes = Attributes> extends SyncInstrument implements Histogram<AttributesTypes> {
    record(value: number, attributes?: AttributesTypes, context?: Context): void;
    bind(attributes?: AttributesTypes): BoundHistogram;
}
export declare class BoundHistogram extends BoundInstrument {
    record(value: number, context?: Context): void;
}


// src/engine/instruments/up-down-counter.d.ts
import type { Attributes, Context, UpDownCounter } from "@opentelemetry/api";
import { BoundInstrument, SyncInstrument } from "./sync-instrument.ts";
export declare class UpDownCounterInstrument<AttributesTypes extends Attributes = Attributes> extends SyncInstrument implements UpDownCounter<AttributesTypes> {
    add(value: number, attributes?: AttributesTypes, context?: Context): void;
    bind(attributes?: AttributesTypes): BoundUpDownCounter;
}
export declare class BoundUpDownCounter extends BoundInstrument {
    add(value: number, context?: Context): void;
}


// src/engine/meter.d.ts
import { type Attributes, type BatchObservableCallback, type Meter as ApiMeter, type Observable } from "@opentelemetry/api";
import { CounterInstrument } from "./instruments/counter.ts";
import { type InstrumentOptions } from "./instruments/descriptor.ts";
import { GaugeInstrument } from "./instruments/gauge.ts";
import { HistogramInstrument } from "./instruments/histogram.ts";
import { ObservableInstrument } from "./instruments/observable.ts";
import { UpDownCounterInstrument } from "./instruments/up-down-counter.ts";
import type { Pipeline } from "./pipeline.ts";
import type { Scope } from "./scope.ts";
export declare class Meter implements ApiMeter {
    #private;
    constructor(scope: Scope, pipeline: Pipeline);
    createCounter<Kept extends Attributes = Attributes>(name: string, options?: InstrumentOptions): CounterInstrument<Kept>;
    createUpDownCounter<Kept extends Attributes = Attributes>(name: string, options?: InstrumentOptions): UpDownCounterInstrument<Kept>;
    createHistogram<Kept extends Attributes = Attributes>(name: string, options?: InstrumentOptions): HistogramInstrument<Kept>;
    createGauge<Kept extends Attributes = Attributes>(name: string, options?: InstrumentOptions): GaugeInstrument<Kept>;
    createObservableCounter<Kept extends Attributes = Attributes>(name: string, options?: InstrumentOptions): ObservableInstrument<Kept>;
    createObservableUpDownCounter<Kept extends Attributes = Attributes>(name: string, options?: InstrumentOptions): ObservableInstrument<Kept>;
    createObservableGauge<Kept extends Attributes = Attributes>(name: string, options?: InstrumentOptions): ObservableInstrument<Kept>;
    addBatchObservableCallback<Kept extends Attributes = Attributes>(callback: BatchObservableCallback<Kept>, observables: Observable<Kept>[]): void;
    removeBatchObservableCallback<Kept extends Attributes = Attributes>(callback: BatchObservableCallback<Kept>, observables: Observable<Kept>[]): void;
}





// src/engine/instruments/observable.d.ts
import type { Attributes, Observable, ObservableCallback } from "@opentelemetry/api";
import type { Stream } from "../streams/stream.ts";
import type { InstrumentDescriptor } from "./descriptor.ts";
export interface CallbackHome {
    add(callback: ObservableCallback, instrument: ObservableInstrument): void;
    remove(callback: ObservableCallback, instrument: ObservableInstrument): void;
}
export declare class ObservableInstrument<AttributesTypes extends Attributes = Attributes> implements Observable<AttributesTypes> {
    #private;
    constructor(descriptor: InstrumentDescriptor, streams: readonly Stream[], callbacks: CallbackHome);
    addCallback(callback: ObservableCallback<AttributesTypes>): void;
    removeCallback(callback: ObservableCallback<AttributesTypes>): void;
}






// src/engine/meter-provider.d.ts
import { type MeterProvider as ApiMeterProvider } from "@opentelemetry/api";
import type { IMetricReader } from "@opentelemetry/sdk-metrics";
import { type StreamCardinality } from "./cardinality.ts";
import { type MeterProviderOptions } from "./meter-provider-options.ts";
import { Meter } from "./meter.ts";
import { type ScopeOptions } from "./scope.ts";
export declare class MeterProvider implements ApiMeterProvider {
    #private;
    constructor(options?: MeterProviderOptions);
    getMeter(name: string, version?: string, options?: ScopeOptions): Meter;
    addReader(reader: IMetricReader): void;
    forceFlush(options?: Parameters<IMetricReader["forceFlush"]>[0]): Promise<void>;
    shutdown(options?: Parameters<IMetricReader["shutdown"]>[0]): Promise<void>;
    cardinality(): readonly StreamCardinality[];
}


// src/engine/meter-provider-options.d.ts
import type { MeterProviderOptions as UpstreamOptions } from "@opentelemetry/sdk-metrics";
import type { ExemplarFilter } from "./exemplars/sampling.ts";
import type { ViewMatchingMode } from "./views/stream-configuration.ts";
import { type ViewOptions } from "./views/view.ts";
export interface MeterProviderOptions extends Omit<UpstreamOptions, "views"> {
    views?: ViewOptions[];
    cardinalityLimit?: number | undefined;
    seriesTimeToLive?: number | undefined;
    exemplarFilter?: ExemplarFilter | undefined;
    viewMatchingMode?: ViewMatchingMode | undefined;
}
export declare class MeterProviderError extends Error {
    readonly name = "MeterProviderError";
    readonly code = "TACHYMETER_METER_PROVIDER";
    readonly problems: readonly string[];
    constructor(problems: readonly string[]);
}
export declare function assertOptions(options: MeterProviderOptions): void;







