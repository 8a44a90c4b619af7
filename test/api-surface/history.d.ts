export ExpressionOptions from "tachymeter"
export ExpressionRangeOptions from "tachymeter"
export OptionsError as BridgeConfigError from "tachymeter"
export OptionsError as HistoryOptionsError from "tachymeter"
export OptionsProblem as HistoryOptionsProblem from "tachymeter"
export type Aggregate = AggregateName | ((points: Iterable<Point>) => number);
export type AggregateName = (typeof AGGREGATES)[number];
export interface AnalysisOptions { readonly confidence?: number; }
export interface Answer { readonly metric: string; readonly unit: string; readonly type: MetricType;
  readonly series: readonly AnswerSeries[]; }
export interface AnswerSeries { readonly attributes: Attributes; readonly points: readonly Point[]; }
export class BacklogError extends Error { readonly name = "BacklogError"; readonly code = "TACHYMETER_HISTORY_BACKLOG";
  constructor(); }
export type BridgeAggregation = Extract<AggregateName, "MEAN" | "SUM" | "MIN" | "MAX" | "COUNT">;
export interface BridgeConfig {
  readonly logger_config?: { readonly log_path?: string; readonly enable_console?: boolean; };
  readonly storage_config?: { readonly backend?: string; readonly connection_string?: string; readonly headers?:
    Readonly<Record<string, string>>; };
  readonly retention_policy?: { readonly events?: { readonly duration_days: number; }; readonly metrics?: { readonly
    duration_days: number; }; };
  }
export type BridgeErrorCode = "INVALID_EVENT" | "LOOP_DETECTED" | "STORAGE_FAILURE" | "INVALID_AGGREGATION" |
    "RETRIEVAL_FAILURE";
export interface BridgeEvent extends Partial<Omit<TelemetryEvent, "timestamp">> { readonly event_type: string;
  readonly source: string; readonly data: unknown; readonly timestamp?: Time; }
export interface BridgeMonitor { onEvent?(event: TelemetryEvent): unknown; onMetric?(metric: RecordedMetric): unknown; }
export class BridgeMonitorError extends Error { readonly name = "BridgeMonitorError";
  readonly code = "TACHYMETER_BRIDGE_MONITOR"; }
export class BridgeTelemetry { constructor(config?: BridgeConfig);
  recordEvent(event: BridgeEvent): Promise<EventResponse>;
  recordMetric(name: string, value: number | string, context?: Readonly<Record<string, unknown>>, timestamp?: Time):
    Promise<EventResponse>;
  getMetrics(names?: readonly string[] | null, timeRange?: readonly [Time, Time] | null, aggregation?:
    BridgeAggregation): Promise<MetricsResponse>;
  healthCheck(): Promise<HealthResponse>; addMonitor(name: string, monitor: BridgeMonitor): () => void;
  close(): Promise<void>; }
export interface ChangePoint { readonly time: number; readonly before: number; readonly after: number;
  readonly factor: number; readonly pValue: number; readonly attributes: Attributes; }
export interface ComparedRange { readonly points: number; readonly median: number; }
export interface Comparison { readonly metric: string; readonly unit: string; readonly type: MetricType;
  readonly series: readonly SeriesComparison[]; readonly unmatched: number; }
export interface ErrorResponse { readonly status: "error";
  readonly error: { readonly code: BridgeErrorCode; readonly message: string; readonly details?: { readonly
    validation_errors?: readonly ValidationError[]; readonly received_event?: unknown; }; };
  }
export interface EventQuestion { readonly type?: string; readonly source?: string; readonly from?: Time;
  readonly to?: Time; readonly where?: Where; readonly signal?: AbortSignal; }
export type EventResponse = { readonly status: "success"; readonly event_id: string; readonly timestamp: string;
  } | ErrorResponse;
export interface Forecast { readonly metric: string; readonly unit: string; readonly type: MetricType;
  readonly threshold: number; readonly confidence: number; readonly series: readonly SeriesForecast[]; }
export interface HealthResponse { readonly status: "healthy" | "degraded" | "unhealthy"; readonly version: string;
  readonly uptime_seconds: number;
  readonly stats: { readonly events_recorded: number; readonly metrics_recorded: number; readonly data_retention_days:
    number; readonly storage_usage_percentage: number; };
  }
export class History implements HistorySource, Source, AsyncDisposable {
  static open(options?: OpenHistoryOptions): Promise<History>; query(question: Question): Promise<Answer>;
  select(selection: Selection): AsyncGenerator<SampleSeries, void, undefined>;
  metrics(): AsyncGenerator<KnownMetric, void, undefined>;
  series(metric: string, where?: Where): AsyncGenerator<Attributes, void, undefined>;
  events(question?: EventQuestion): AsyncGenerator<TelemetryEvent, void, undefined>;
  trend(question: Question, options?: AnalysisOptions): Promise<Trend>;
  forecast(question: Question, threshold: number, options?: AnalysisOptions): Promise<Forecast>;
  compare(question: Question, before: readonly [Time, Time], after: readonly [Time, Time]): Promise<Comparison>;
  changePoints(question: Question): Promise<ChangePoint[]>; usage(): Promise<Usage>; close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>; }
export interface HistoryOptions { readonly path?: string | undefined;
  readonly retention?: { readonly metricsDays?: number | undefined; readonly eventsDays?: number | undefined; } |
    undefined;
  readonly maxBytes?: number | undefined; }
export interface HistorySource { query(question: Question): Promise<Answer>; metrics(): AsyncIterable<KnownMetric>;
  series(metric: string, where?: Where): AsyncIterable<Attributes>;
  events(question?: EventQuestion): AsyncIterable<TelemetryEvent>;
  trend(question: Question, options?: AnalysisOptions): Promise<Trend>;
  forecast(question: Question, threshold: number, options?: AnalysisOptions): Promise<Forecast>;
  compare(question: Question, before: readonly [Time, Time], after: readonly [Time, Time]): Promise<Comparison>;
  changePoints(question: Question): Promise<ChangePoint[]>; usage(): Promise<Usage>; close(): Promise<void>; }
export class HistoryStoreError extends Error { readonly name = "HistoryStoreError"; readonly code: string;
  constructor(message: string, code?: string); }
export interface KnownMetric { readonly name: string; readonly type: MetricType; readonly unit: string;
  readonly series: number; }
export interface MetricAggregate { readonly value: number; readonly aggregation: string; readonly sample_count: number;
  readonly time_range: { readonly start: string; readonly end: string; }; }
export type MetricType = "counter" | "gauge" | "histogram";
export type MetricsResponse = { readonly status: "success"; readonly metrics: Readonly<Record<string, MetricAggregate>>;
  } | ErrorResponse;
export interface OpenHistoryOptions extends HistoryOptions { readonly readOnly?: boolean | undefined; }
export type Point = [time: number, value: number];
export interface Question { readonly metric: string; readonly where?: Where; readonly from?: Time; readonly to?: Time;
  readonly step?: number; readonly aggregate?: Aggregate; readonly quantile?: number; readonly exact?: boolean;
  readonly by?: readonly string[]; readonly signal?: AbortSignal; }
export class QuestionError extends Error { readonly name = "QuestionError"; readonly code = "TACHYMETER_QUESTION";
  constructor(metric: unknown, problems: readonly string[]); }
export interface RecordedMetric { readonly event_id: string; readonly metric_name: string;
  readonly metric_value: number | string; readonly context: Readonly<Record<string, unknown>>;
  readonly timestamp: string; }
export class RemoteHistory implements HistorySource, Source { constructor(options: RemoteHistoryOptions);
  query(question: Question): Promise<Answer>;
  query(expression: string, options?: ExpressionOptions): Promise<QueryResult>;
  queryRange(expression: string, options: ExpressionRangeOptions): Promise<QueryResult>;
  select(selection: Selection): AsyncGenerator<SampleSeries, void, undefined>; metrics(): AsyncIterable<KnownMetric>;
  series(metric: string, where?: Where): AsyncIterable<Attributes>;
  events(_question?: EventQuestion): AsyncIterable<TelemetryEvent>;
  trend(question: Question, options?: AnalysisOptions): Promise<Trend>;
  forecast(question: Question, threshold: number, options?: AnalysisOptions): Promise<Forecast>;
  compare(question: Question, before: readonly [Time, Time], after: readonly [Time, Time]): Promise<Comparison>;
  changePoints(question: Question): Promise<ChangePoint[]>; usage(): Promise<Usage>; close(): Promise<void>; }
export class RemoteHistoryError extends Error { readonly name = "RemoteHistoryError";
  readonly code = "TACHYMETER_REMOTE_HISTORY"; readonly status: number | undefined;
  constructor(shownUrl: string, problem: string, { cause, status }?: { cause?: unknown; status?: number; }); }
export interface RemoteHistoryOptions { readonly url: string; readonly headers?: Readonly<Record<string, string>>;
  readonly timeout?: number; }
export interface SeriesComparison { readonly attributes: Attributes; readonly before: ComparedRange;
  readonly after: ComparedRange; readonly shift: number; readonly effect: number; readonly pValue: number;
  readonly verdict: "higher" | "lower" | "similar"; }
export interface SeriesForecast { readonly attributes: Attributes;
  readonly outcome: "reached" | "expected" | "possible" | "unlikely"; readonly at?: number; readonly earliest?: number;
  readonly latest?: number; readonly value: number; readonly trend: SeriesTrend; }
export interface SeriesTrend { readonly attributes: Attributes; readonly points: number; readonly slope: number;
  readonly slopeLow: number; readonly slopeHigh: number; readonly direction: "rising" | "falling" | "steady";
  readonly from: number; readonly to: number; readonly start: number; readonly end: number; }
export type Time = Date | string | number;
export interface Trend { readonly metric: string; readonly unit: string; readonly type: MetricType;
  readonly confidence: number; readonly series: readonly SeriesTrend[]; }
export interface Usage { readonly bytes: number; readonly maxBytes: number; readonly share: number;
  readonly points: number; readonly series: number; readonly oldest?: number; readonly newest?: number;
  readonly unreadable?: number; }
export interface ValidationError { readonly field: string; readonly message: string; }
export type Where = Readonly<Record<string, string | readonly string[] | { readonly not: string; }>>;

// Not exported, but named above
export const AGGREGATES: readonly ["MEAN", "SUM", "MIN", "MAX", "COUNT", "LAST", "RATE", "INCREASE", "QUANTILE",
    "STDDEV"];
