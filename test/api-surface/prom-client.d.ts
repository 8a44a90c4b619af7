export client as default
export type Aggregator = "omit" | "sum" | "first" | "min" | "max" | "average";
export type AggregatorFunction = (metrics: readonly Aggregated[]) => Aggregated | undefined;
export class AggregatorRegistry<T extends RegistryContentType> extends Registry<T> {
  static aggregate<T extends RegistryContentType>(metricsArr: object[], registryType?: T): Registry<T>;
  static setRegistries(regs: AnyRegistry[] | AnyRegistry): void; constructor(regContentType?: T);
  clusterMetrics(): Promise<string>; }
export type Charset = "utf-8";
export class ClusterRegistry<T extends RegistryContentType> extends Registry<T> {
  static setRegistries(regs: AnyRegistry[] | AnyRegistry): void; constructor(regContentType?: T);
  clusterMetrics(): Promise<string>; shutdown(timeout?: number): Promise<void>; }
export type CollectFunction<T> = (this: T) => void | Promise<void>;
export type Collector = () => void;
export namespace Counter { interface Internal extends CounterChild { } }
export class Counter<T extends string = string> extends MetricBase implements CounterContract<T> {
  readonly type = "counter"; constructor(configuration: CounterConfiguration<T>);
  inc(labels: LabelValues<T>, value?: number): void; inc(value?: number): void;
  inc(incData: IncreaseDataWithExemplar<T>): void; get(): Promise<MetricObjectWithValues<MetricValue<T>>>;
  labels(...values: string[]): Counter.Internal; labels(labels: LabelValues<T>): Counter.Internal; reset(): void;
  remove(...values: string[]): void; remove(labels: LabelValues<T>): void; }
export interface CounterChild { inc(value?: number): void; }
export interface CounterConfiguration<T extends string> extends MetricConfiguration<T> {
  collect?: (this: Counter<T>) => void | Promise<void>; }
export interface CounterContract<T extends string = string> { inc(labels: LabelValues<T>, value?: number): void;
  inc(value?: number): void; inc(incData: IncreaseDataWithExemplar<T>): void;
  get(): Promise<MetricObjectWithValues<MetricValue<T>>>; labels(...values: string[]): CounterChild;
  labels(labels: LabelValues<T>): CounterChild; reset(): void; remove(...values: string[]): void;
  remove(labels: LabelValues<T>): void; }
export interface DefaultMetricsCollectorConfiguration<T extends RegistryContentType> extends UtilizationOptions {
  register?: Registry<T>; prefix?: string; gcDurationBuckets?: number[]; eventLoopMonitoringPrecision?: number;
  labels?: object; }
export namespace Gauge { interface Internal<T extends string> extends GaugeChild<T> { } }
export class Gauge<T extends string = string> extends MetricBase implements GaugeContract<T> { readonly type = "gauge";
  constructor(configuration: GaugeConfiguration<T>); inc(labels: LabelValues<T>, value?: number): void;
  inc(value?: number): void; dec(labels: LabelValues<T>, value?: number): void; dec(value?: number): void;
  set(labels: LabelValues<T>, value: number): void; set(value: number): void;
  setToCurrentTime(labels?: LabelValues<T>): void;
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number;
  get(): Promise<MetricObjectWithValues<MetricValue<T>>>; labels(...values: string[]): Gauge.Internal<T>;
  labels(labels: LabelValues<T>): Gauge.Internal<T>; reset(): void; remove(...values: string[]): void;
  remove(labels: LabelValues<T>): void; }
export interface GaugeChild<T extends string> { inc(value?: number): void; dec(value?: number): void;
  set(value: number): void; setToCurrentTime(): void; startTimer(): (labels?: LabelValues<T>) => number; }
export interface GaugeConfiguration<T extends string> extends MetricConfiguration<T> {
  collect?: (this: Gauge<T>) => void | Promise<void>; }
export interface GaugeContract<T extends string = string> { inc(labels: LabelValues<T>, value?: number): void;
  inc(value?: number): void; dec(labels: LabelValues<T>, value?: number): void; dec(value?: number): void;
  set(labels: LabelValues<T>, value: number): void; set(value: number): void;
  get(): Promise<MetricObjectWithValues<MetricValue<T>>>; setToCurrentTime(labels?: LabelValues<T>): void;
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number; labels(...values: string[]): GaugeChild<T>;
  labels(labels: LabelValues<T>): GaugeChild<T>; reset(): void; remove(...values: string[]): void;
  remove(labels: LabelValues<T>): void; }
export namespace Histogram { interface Internal<T extends string> extends HistogramChild<T> { }
  interface Config { buckets?: number[]; } }
export class Histogram<T extends string = string> extends MetricBase implements HistogramContract<T> {
  readonly type = "histogram"; readonly upperBounds: readonly number[];
  constructor(configuration: HistogramConfiguration<T>); observe(value: number): void;
  observe(labels: LabelValues<T>, value: number): void; observe(observeData: ObserveDataWithExemplar<T>): void;
  get(): Promise<MetricObjectWithValues<MetricValueWithName<T>>>;
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number;
  startTimer(labels?: LabelValues<T>, exemplarLabels?: LabelValues<T>): (labels?: LabelValues<T>, exemplarLabels?:
    LabelValues<T>) => number;
  reset(): void; zero(labels: LabelValues<T>): void; labels(...values: string[]): Histogram.Internal<T>;
  labels(labels: LabelValues<T>): Histogram.Internal<T>; remove(...values: string[]): void;
  remove(labels: LabelValues<T>): void; }
export interface HistogramChild<T extends string> { observe(value: number): void;
  startTimer(): (labels?: LabelValues<T>) => void; }
export interface HistogramConfiguration<T extends string> extends MetricConfiguration<T> { buckets?: number[];
  collect?: (this: Histogram<T>) => void | Promise<void>; }
export interface HistogramContract<T extends string = string> { observe(value: number): void;
  observe(labels: LabelValues<T>, value: number): void; observe(observeData: ObserveDataWithExemplar<T>): void;
  get(): Promise<MetricObjectWithValues<MetricValueWithName<T>>>;
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number;
  startTimer(labels?: LabelValues<T>, exemplarLabels?: LabelValues<T>): (labels?: LabelValues<T>, exemplarLabels?:
    LabelValues<T>) => number;
  reset(): void; zero(labels: LabelValues<T>): void; labels(...values: string[]): HistogramChild<T>;
  labels(labels: LabelValues<T>): HistogramChild<T>; remove(...values: string[]): void;
  remove(labels: LabelValues<T>): void; }
export interface IncreaseDataWithExemplar<T extends string> { value?: number; labels?: LabelValues<T>;
  exemplarLabels?: LabelValues<T>; }
export type LabelValues<T extends string> = Partial<Record<T, string | number>>;
export type LabelValuesOfOthers<T extends string> = T extends never ? Partial<Record<string, never>> : Partial<Record<T,
    string | number>>;
export type Metric<T extends string = string> = CounterContract<T> | GaugeContract<T> | SummaryContract<T> |
    HistogramContract<T>;
export interface MetricConfiguration<T extends string> { name: string; help: string; labelNames?: T[] | readonly T[];
  registers?: AnyRegistry[]; aggregator?: Aggregator; collect?: CollectFunction<any>; enableExemplars?: boolean; }
export interface MetricObject { name: string; help: string; type: MetricType; aggregator: Aggregator;
  collect: CollectFunction<any>; }
export interface MetricObjectWithValues<T extends MetricValue<string>> extends MetricObject { values: T[]; }
export type MetricType = never;
export namespace MetricType { type Counter = 0; type Gauge = 1; type Histogram = 2; type Summary = 3; }
export type MetricValue<T extends string> = { value: number; labels: LabelValues<T> & LabelValuesOfOthers<T>; };
export type MetricValueWithName<T extends string> = MetricValue<T> & { metricName?: string; };
export interface ObserveDataWithExemplar<T extends string> { value: number; labels?: LabelValues<T>;
  exemplarLabels?: LabelValues<T>; }
export type OpenMetricsContentType = `${OpenMetricsMIME}; version=${OpenMetricsVersion}; charset=${Charset}`;
export type OpenMetricsMIME = "application/openmetrics-text";
export type OpenMetricsVersion = "1.0.0";
export interface PromClient { readonly AggregatorRegistry: typeof AggregatorRegistry;
  readonly aggregators: typeof aggregators; readonly ClusterRegistry: typeof ClusterRegistry;
  readonly collectDefaultMetrics: typeof collectDefaultMetrics; readonly Counter: typeof Counter;
  readonly exponentialBuckets: typeof exponentialBuckets; readonly Gauge: typeof Gauge;
  readonly Histogram: typeof Histogram; readonly linearBuckets: typeof linearBuckets;
  readonly openMetricsContentType: typeof openMetricsContentType;
  readonly prometheusContentType: typeof prometheusContentType; readonly Pushgateway: typeof Pushgateway;
  readonly register: typeof register; readonly Registry: typeof Registry; readonly Summary: typeof Summary;
  readonly validateMetricName: typeof validateMetricName; readonly WorkerRegistry: typeof WorkerRegistry;
  contentType: RegistryContentType; }
export type PrometheusContentType = `${PrometheusMIME}; version=${PrometheusMetricsVersion}; charset=${Charset}`;
export type PrometheusMIME = "text/plain";
export type PrometheusMetricsVersion = "0.0.4";
export namespace Pushgateway { interface Parameters { jobName: string; groupings?: { [key: string]: string; }; } }
export class Pushgateway<T extends RegistryContentType> { constructor(url: string, registry: Registry<T>);
  constructor(url: string, options?: any, registry?: Registry<T>);
  pushAdd(params?: Pushgateway.Parameters): Promise<Answer>; push(params?: Pushgateway.Parameters): Promise<Answer>;
  delete(params?: Pushgateway.Parameters): Promise<Answer>; }
export class Registry<BoundRegistryContentType extends RegistryContentType = PrometheusContentType> {
  static get PROMETHEUS_CONTENT_TYPE(): PrometheusContentType;
  static get OPENMETRICS_CONTENT_TYPE(): OpenMetricsContentType; static get globalRegistry(): Registry;
  static merge(registers: Registry[]): Registry;
  static aggregate<T extends RegistryContentType>(metricsArr: object[], registryType?: T): Registry<T>;
  readonly contentType: BoundRegistryContentType; constructor(regContentType?: BoundRegistryContentType);
  metrics(): Promise<string>; getMetricsAsString(metric: object): Promise<string>;
  getSingleMetricAsString(name: string): Promise<string>;
  getMetricsAsJSON(aggregator?: string): Promise<MetricObjectWithValues<MetricValue<string>>[]>;
  getMetricsAsArray(aggregator?: string): MetricObject[]; registerMetric<T extends string>(metric: Metric<T>): void;
  removeSingleMetric(name: string): void; getSingleMetric<T extends string>(name: string): Metric<T> | undefined;
  setDefaultLabels(labels: object): void; resetMetrics(): void; clear(): void;
  setContentType(contentType: BoundRegistryContentType): void; }
export type RegistryContentType = PrometheusContentType | OpenMetricsContentType;
export namespace Summary { interface Internal<T extends string> extends SummaryChild<T> { }
  interface Config { percentiles?: number[]; } }
export class Summary<T extends string = string> extends MetricBase implements SummaryContract<T> {
  readonly type = "summary"; readonly percentiles: readonly number[];
  constructor(configuration: SummaryConfiguration<T>); observe(value: number): void;
  observe(labels: LabelValues<T>, value: number): void; get(): Promise<MetricObjectWithValues<MetricValueWithName<T>>>;
  reset(): void; startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number;
  labels(...values: string[]): Summary.Internal<T>; labels(labels: LabelValues<T>): Summary.Internal<T>;
  remove(...values: string[]): void; remove(labels: LabelValues<T>): void; }
export interface SummaryChild<T extends string> { observe(value: number): void;
  startTimer(): (labels?: LabelValues<T>) => number; }
export interface SummaryConfiguration<T extends string> extends MetricConfiguration<T> { percentiles?: number[];
  maxAgeSeconds?: number; ageBuckets?: number; pruneAgedBuckets?: boolean; compressCount?: number;
  collect?: (this: Summary<T>) => void | Promise<void>; }
export interface SummaryContract<T extends string = string> { observe(value: number): void;
  observe(labels: LabelValues<T>, value: number): void; get(): Promise<MetricObjectWithValues<MetricValueWithName<T>>>;
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number; reset(): void;
  labels(...values: string[]): SummaryChild<T>; labels(labels: LabelValues<T>): SummaryChild<T>;
  remove(...values: string[]): void; remove(labels: LabelValues<T>): void; }
export interface UtilizationOptions { eventLoopUtilizationTimeout?: number; eventLoopUtilizationBuckets?: number[];
  eventLoopUtilizationPercentiles?: number[]; eventLoopUtilizationAgeBuckets?: number;
  eventLoopUtilizationMaxAgeSeconds?: number; }
export class WorkerRegistry<T extends RegistryContentType> extends Registry<T> { static workerCount(): number;
  static setRegistries(regs: AnyRegistry[] | AnyRegistry): void; readonly primary: boolean;
  constructor(regContentType?: T, primary?: boolean); workerMetrics(): Promise<string>;
  shutdown(timeout?: number): Promise<void>; }
export const aggregators: Readonly<Record<"sum" | "first" | "omit" | "average" | "min" | "max", AggregatorFunction>>;
export const collectDefaultMetrics: CollectDefaultMetrics;
export const contentType: RegistryContentType;
export function exponentialBuckets(start: number, factor: number, count: number): number[];
export function linearBuckets(start: number, width: number, count: number): number[];
export const openMetricsContentType: OpenMetricsContentType;
export const prometheusContentType: PrometheusContentType;
export const register: Registry;
export function validateMetricName(name: string): boolean;

// Not exported, but named above
type Aggregated = Omit<MetricObjectWithValues<MetricValueWithName<string>>, "collect">;
interface Answer { resp?: unknown; body?: unknown; }
export type AnyRegistry = Registry | Registry<OpenMetricsContentType>;
export interface CollectDefaultMetrics {
  <T extends RegistryContentType>(config?: DefaultMetricsCollectorConfiguration<T>): void; metricsList: string[]; }
export abstract class MetricBase { name: string; readonly help: string; readonly labelNames: readonly string[];
  readonly registers: readonly AnyRegistry[]; readonly aggregator: Aggregator; readonly enableExemplars: boolean;
  collect?(): void | Promise<void>; abstract readonly type: "counter" | "gauge" | "histogram" | "summary"; }
