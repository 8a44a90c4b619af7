export * from "@opentelemetry/sdk-metrics";
export OptionsError as MeterProviderError from "tachymeter"
export class AlignedHistogramBucketExemplarReservoir extends SampledReservoir {
  constructor(boundaries: readonly number[]); protected placeFor(value: number): number;
  protected restart(bucket: number): void; }
export type AttributesFilterResult = "accept" | "drop";
export class BoundCounter extends BoundInstrument { add(value: number, context?: Context): void; }
export class BoundGauge extends BoundInstrument { record(value: number, context?: Context): void; }
export class BoundHistogram extends BoundInstrument { record(value: number, context?: Context): void; }
export class BoundUpDownCounter extends BoundInstrument { add(value: number, context?: Context): void; }
export class CounterInstrument<AttributesTypes extends Attributes = Attributes> extends SyncInstrument implements
    Counter<AttributesTypes> {
  add(value: number, attributes?: AttributesTypes, context?: Context): void;
  bind(attributes?: AttributesTypes): BoundCounter; }
export interface Exemplar { filteredAttributes: Attributes; value: number; timestamp: HrTime; traceId?: string;
  spanId?: string; }
export type ExemplarFilter = "trace_based" | "always_on" | "always_off";
export interface ExemplarReservoir {
  offer(value: number, attributes: Attributes, context: Context, timeUnixNano: bigint): void;
  collect(pointAttributes: Attributes): readonly Exemplar[]; }
export class GaugeInstrument<AttributesTypes extends Attributes = Attributes> extends SyncInstrument implements
    Gauge<AttributesTypes> {
  record(value: number, attributes?: AttributesTypes, context?: Context): void;
  bind(attributes?: AttributesTypes): BoundGauge; }
export class HistogramInstrument<AttributesTypes extends Attributes = Attributes> extends SyncInstrument implements
    Histogram<AttributesTypes> {
  record(value: number, attributes?: AttributesTypes, context?: Context): void;
  bind(attributes?: AttributesTypes): BoundHistogram; }
export class Meter implements ApiMeter {
  createCounter<Kept extends Attributes = Attributes>(name: string, options?: InstrumentOptions):
    CounterInstrument<Kept>;
  createUpDownCounter<Kept extends Attributes = Attributes>(name: string, options?: InstrumentOptions):
    UpDownCounterInstrument<Kept>;
  createHistogram<Kept extends Attributes = Attributes>(name: string, options?: InstrumentOptions):
    HistogramInstrument<Kept>;
  createGauge<Kept extends Attributes = Attributes>(name: string, options?: InstrumentOptions): GaugeInstrument<Kept>;
  createObservableCounter<Kept extends Attributes = Attributes>(name: string, options?: InstrumentOptions):
    ObservableInstrument<Kept>;
  createObservableUpDownCounter<Kept extends Attributes = Attributes>(name: string, options?: InstrumentOptions):
    ObservableInstrument<Kept>;
  createObservableGauge<Kept extends Attributes = Attributes>(name: string, options?: InstrumentOptions):
    ObservableInstrument<Kept>;
  addBatchObservableCallback<Kept extends Attributes = Attributes>(callback: BatchObservableCallback<Kept>, observables:
    Observable<Kept>[]): void;
  removeBatchObservableCallback<Kept extends Attributes = Attributes>(callback: BatchObservableCallback<Kept>,
    observables: Observable<Kept>[]): void;
  }
export type MeterConfigurator = (scope: { readonly name: string; readonly version?: string; }) => {
  readonly enabled?: boolean; };
export class MeterProvider implements ApiMeterProvider { constructor(options?: MeterProviderOptions);
  getMeter(name: string, version?: string, options?: ScopeOptions): Meter; addReader(reader: IMetricReader): void;
  forceFlush(options?: Parameters<IMetricReader["forceFlush"]>[0]): Promise<void>;
  shutdown(options?: Parameters<IMetricReader["shutdown"]>[0]): Promise<void>;
  cardinality(): readonly StreamCardinality[]; }
export interface MeterProviderOptions extends Omit<UpstreamOptions, "views"> { views?: ViewOptions[];
  cardinalityLimit?: number | undefined; seriesTimeToLive?: number | undefined; sdkMetricsEnabled?: boolean;
  exemplarFilter?: ExemplarFilter | undefined; viewMatchingMode?: ViewMatchingMode | undefined;
  meterConfigurator?: MeterConfigurator | undefined; }
export interface MetricCollectOptions extends UpstreamCollectOptions { metricFilter?: MetricFilter; }
export interface MetricFilter {
  testMetric(instrumentationScope: Scope, name: string, kind: MetricKind, unit: string): MetricFilterResult;
  testAttributes(instrumentationScope: Scope, name: string, kind: MetricKind, unit: string, attributes: Attributes):
    AttributesFilterResult;
  }
export type MetricFilterResult = "accept" | "drop" | "accept_partial";
export type MetricKind = "sum" | "gauge" | "histogram" | "exponentialHistogram";
export class SimpleFixedSizeExemplarReservoir extends SampledReservoir { constructor(size?: number);
  protected placeFor(): number; protected restart(): void; }
export interface StreamCardinality { readonly scope: string; readonly instrument: string; readonly series: number;
  readonly limit: number; readonly overflowed: boolean;
  readonly widestAttribute?: { readonly key: string; readonly values: number; }; }
export class TimeoutError extends Error { readonly name = "TimeoutError";
  static [Symbol.hasInstance](value: unknown): boolean; }
export class UpDownCounterInstrument<AttributesTypes extends Attributes = Attributes> extends SyncInstrument implements
    UpDownCounter<AttributesTypes> {
  add(value: number, attributes?: AttributesTypes, context?: Context): void;
  bind(attributes?: AttributesTypes): BoundUpDownCounter; }
export type ViewOptions = UpstreamViewOptions & { exemplarReservoir?: () => ExemplarReservoir;
  acrossMembers?: "last" | "sum" | "min" | "max" | "mean" | "each"; };

// Not exported, but named above
export abstract class BoundInstrument { release(): void; }
export interface InstrumentOptions extends MetricOptions { advice?: MetricAdvice & { attributes?: string[]; }; }
export class ObservableInstrument<AttributesTypes extends Attributes = Attributes> implements
    Observable<AttributesTypes> {
  addCallback(callback: ObservableCallback<AttributesTypes>): void;
  removeCallback(callback: ObservableCallback<AttributesTypes>): void; }
export abstract class SampledReservoir implements ExemplarReservoir { constructor(size: number);
  protected abstract placeFor(value: number): number; protected abstract restart(place: number): void;
  offer(value: number, attributes: Attributes, context: Context, timeUnixNano: bigint): void;
  collect(pointAttributes: Attributes): readonly Exemplar[]; }
export interface Scope extends InstrumentationScope { readonly version: string; readonly attributes?: Attributes; }
export interface ScopeOptions extends MeterOptions { attributes?: Attributes; }
export abstract class SyncInstrument { remove(attributes?: Attributes): void; clear(): void; enabled(): boolean; }
export type ViewMatchingMode = "independent" | "composable";
