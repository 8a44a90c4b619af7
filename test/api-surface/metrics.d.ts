// src/engine/index.d.ts
export * from "@opentelemetry/sdk-metrics";
export type { StreamCardinality } from "./cardinality.ts";
export type { AttributesFilterResult, MetricCollectOptions, MetricFilter, MetricFilterResult, MetricKind, } from "./collection/metric-filter.ts";
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
export type { ViewOptions } from "./streams/view.ts";

// src/engine/cardinality.d.ts
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

// src/engine/collection/metric-filter.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { MetricCollectOptions as UpstreamCollectOptions } from "@opentelemetry/sdk-metrics";
import type { Scope } from "../scope.ts";
export type MetricKind = "sum" | "gauge" | "histogram" | "exponentialHistogram";
export type MetricFilterResult = "accept" | "drop" | "accept_partial";
export type AttributesFilterResult = "accept" | "drop";
export interface MetricFilter {
    testMetric(instrumentationScope: Scope, name: string, kind: MetricKind, unit: string): MetricFilterResult;
    testAttributes(instrumentationScope: Scope, name: string, kind: MetricKind, unit: string, attributes: Attributes): AttributesFilterResult;
}
export interface MetricCollectOptions extends UpstreamCollectOptions {
    metricFilter?: MetricFilter;
}
export declare function isMetricFilter(given: unknown): given is MetricFilter;

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
export declare function scopeFrom(name: unknown, version: unknown, options: unknown): Scope;
export declare function scopeKey({ name, version, schemaUrl, attributes }: Scope): string;

// src/engine/exemplars/aligned-histogram-bucket-reservoir.d.ts
import { SampledReservoir } from "./sampled-reservoir.ts";
export declare class AlignedHistogramBucketExemplarReservoir extends SampledReservoir {
    #private;
    constructor(boundaries: readonly number[]);
    protected placeFor(value: number): number;
    protected restart(bucket: number): void;
}

// src/engine/exemplars/sampled-reservoir.d.ts
import { type Attributes, type Context } from "@opentelemetry/api";
import type { Exemplar, ExemplarReservoir } from "./reservoir.ts";
export declare abstract class SampledReservoir implements ExemplarReservoir {
    #private;
    constructor(size: number);
    protected abstract placeFor(value: number): number;
    protected abstract restart(place: number): void;
    offer(value: number, attributes: Attributes, context: Context, timeUnixNano: bigint): void;
    collect(pointAttributes: Attributes): readonly Exemplar[];
}

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
export declare abstract class SyncInstrument {
    enabled(): boolean;
}
export declare abstract class BoundInstrument {
    #private;
    release(): void;
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
export declare class Meter implements ApiMeter {
    #private;
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



// src/engine/instruments/observable.d.ts
import type { Attributes, Observable, ObservableCallback } from "@opentelemetry/api";
export interface CallbackHome {
    add(callback: ObservableCallback, instrument: ObservableInstrument): void;
    remove(callback: ObservableCallback, instrument: ObservableInstrument): void;
}
export declare class ObservableInstrument<AttributesTypes extends Attributes = Attributes> implements Observable<AttributesTypes> {
    #private;
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
import type { ViewMatchingMode } from "./streams/stream-configuration.ts";
import { type ViewOptions } from "./streams/view.ts";
export interface MeterProviderOptions extends Omit<UpstreamOptions, "views"> {
    views?: ViewOptions[];
    cardinalityLimit?: number | undefined;
    seriesTimeToLive?: number | undefined;
    sdkMetricsEnabled?: boolean;
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


// src/engine/streams/stream-configuration.d.ts
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




// src/engine/streams/aggregation.d.ts
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


// src/engine/streams/key-filter.d.ts
import type { IAttributesProcessor } from "@opentelemetry/sdk-metrics";
export type KeyTest = (key: string) => boolean;
export declare function keyTestOf(processor: IAttributesProcessor): KeyTest | undefined;

// src/engine/streams/view.d.ts
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









