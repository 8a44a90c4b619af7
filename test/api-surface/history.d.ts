// src/history/index.d.ts
export type { ComparedRange, Comparison, SeriesComparison } from "./analysis/compare.ts";
export type { Forecast, SeriesForecast } from "./analysis/forecast.ts";
export type { AnalysisOptions, SeriesTrend, Trend } from "./analysis/trend.ts";
export { type BridgeEvent, BridgeTelemetry } from "./bridge/telemetry.ts";
export type { BridgeErrorCode, ErrorResponse, EventResponse, HealthResponse, MetricAggregate, MetricsResponse, ValidationError, } from "./bridge/documents.ts";
export { BacklogError } from "./events/commit-group.ts";
export type { BridgeAggregation } from "./bridge/metrics-question.ts";
export { type BridgeMonitor, BridgeMonitorError, type RecordedMetric } from "./bridge/monitors.ts";
export { type BridgeConfig, BridgeConfigError } from "./bridge/options.ts";
export { History, type OpenHistoryOptions } from "./history.ts";
export { type HistoryOptions, HistoryOptionsError, type HistoryOptionsProblem } from "./options.ts";
export type { HistorySource } from "./source.ts";
export type { Aggregate, AggregateName, Answer, AnswerSeries, EventQuestion, KnownMetric, MetricType, Point, Question, Usage, Where, } from "./question.ts";
export { RemoteHistory } from "./remote/index.ts";
export { type RemoteHistoryOptions } from "./remote/options.ts";
export { RemoteHistoryError } from "./remote/error.ts";
export { QuestionError } from "./question-error.ts";
export { HistoryStoreError } from "./thread/store-error.ts";
export type { Time } from "./time.ts";

// src/history/analysis/compare.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { MetricType, Question } from "../question.ts";
import { type Time } from "../time.ts";
import { type Asked } from "./asked-points.ts";
export interface ComparedRange {
    readonly points: number;
    readonly median: number;
}
export interface SeriesComparison {
    readonly attributes: Attributes;
    readonly before: ComparedRange;
    readonly after: ComparedRange;
    readonly shift: number;
    readonly effect: number;
    readonly pValue: number;
    readonly verdict: "higher" | "lower" | "similar";
}
export interface Comparison {
    readonly metric: string;
    readonly unit: string;
    readonly type: MetricType;
    readonly series: readonly SeriesComparison[];
}
export declare function comparisonOf(asked: Pick<Asked, "query">, question: Question, before: readonly [Time, Time], after: readonly [Time, Time]): Promise<Comparison>;

// src/history/question.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { Time } from "./time.ts";
export declare const AGGREGATES: readonly ["MEAN", "SUM", "MIN", "MAX", "COUNT", "LAST", "RATE", "INCREASE", "QUANTILE", "STDDEV"];
export type AggregateName = (typeof AGGREGATES)[number];
export type Point = [time: number, value: number];
export type Aggregate = AggregateName | ((points: Iterable<Point>) => number);
export type Where = Readonly<Record<string, string | readonly string[] | {
    readonly not: string;
}>>;
export interface Question {
    readonly metric: string;
    readonly where?: Where;
    readonly from?: Time;
    readonly to?: Time;
    readonly step?: number;
    readonly aggregate?: Aggregate;
    readonly quantile?: number;
    readonly by?: readonly string[];
    readonly signal?: AbortSignal;
}
export type MetricType = "counter" | "gauge" | "histogram";
export interface AnswerSeries {
    readonly attributes: Attributes;
    readonly points: readonly Point[];
}
export interface Answer {
    readonly metric: string;
    readonly unit: string;
    readonly type: MetricType;
    readonly series: readonly AnswerSeries[];
}
export interface KnownMetric {
    readonly name: string;
    readonly type: MetricType;
    readonly unit: string;
    readonly series: number;
}
export interface EventQuestion {
    readonly type?: string;
    readonly source?: string;
    readonly from?: Time;
    readonly to?: Time;
    readonly where?: Where;
    readonly signal?: AbortSignal;
}
export interface Usage {
    readonly bytes: number;
    readonly maxBytes: number;
    readonly share: number;
    readonly points: number;
    readonly series: number;
    readonly oldest?: number;
    readonly newest?: number;
    readonly unreadable?: number;
}

// src/history/time.d.ts
export type Time = Date | string | number;
export declare function wholeMillisFrom(time: unknown): number | undefined;


// src/history/analysis/asked-points.d.ts
import type { AggregateName, Answer, MetricType, Question } from "../question.ts";
export interface Asked {
    query(question: Question): Promise<Answer>;
    oldest(question: Question): Promise<number | undefined>;
}
export interface Range {
    readonly from: number;
    readonly to: number;
}
export declare const ANALYSED: Readonly<Record<MetricType, AggregateName>>;
export declare function askedPoints({ query }: Pick<Asked, "query">, question: Question, ranges: readonly Range[]): Promise<readonly Answer[]>;
export declare function rangeOf({ oldest }: Pick<Asked, "oldest">, question: Question): Promise<Range | undefined>;
export declare function checkedConfidence({ metric }: Question, confidence?: unknown): number;


// src/history/analysis/forecast.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { MetricType, Question } from "../question.ts";
import { type Asked } from "./asked-points.ts";
import { type AnalysisOptions, type SeriesTrend } from "./trend.ts";
export interface SeriesForecast {
    readonly attributes: Attributes;
    readonly outcome: "reached" | "expected" | "possible" | "unlikely";
    readonly at?: number;
    readonly earliest?: number;
    readonly latest?: number;
    readonly value: number;
    readonly trend: SeriesTrend;
}
export interface Forecast {
    readonly metric: string;
    readonly unit: string;
    readonly type: MetricType;
    readonly threshold: number;
    readonly confidence: number;
    readonly series: readonly SeriesForecast[];
}
export declare function forecastOf(asked: Asked, question: Question, threshold: number, { confidence: given }?: AnalysisOptions): Promise<Forecast>;



// src/history/analysis/trend.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { MetricType, Question } from "../question.ts";
import { type Asked } from "./asked-points.ts";
import { type FittedLine } from "./fitted-line.ts";
export interface AnalysisOptions {
    readonly confidence?: number;
}
export interface SeriesTrend {
    readonly attributes: Attributes;
    readonly points: number;
    readonly slope: number;
    readonly slopeLow: number;
    readonly slopeHigh: number;
    readonly direction: "rising" | "falling" | "steady";
    readonly from: number;
    readonly to: number;
    readonly start: number;
    readonly end: number;
}
export interface Trend {
    readonly metric: string;
    readonly unit: string;
    readonly type: MetricType;
    readonly confidence: number;
    readonly series: readonly SeriesTrend[];
}
export interface LinedSeries {
    readonly attributes: Attributes;
    readonly line: FittedLine;
    readonly trend: SeriesTrend;
}
export declare function trendOf(asked: Asked, question: Question, { confidence: given }?: AnalysisOptions): Promise<Trend>;
export declare function linedSeries(asked: Asked, question: Question, confidence: number): Promise<{
    readonly answer: Omit<Trend, "confidence" | "series">;
    readonly lined: readonly LinedSeries[];
}>;



// src/history/analysis/fitted-line.d.ts
import type { Point } from "../question.ts";
export interface FittedLine {
    readonly slope: number;
    readonly meanTime: number;
    readonly meanValue: number;
    readonly count: number;
    readonly effectiveCount: number;
    readonly timeSquares: number;
    readonly residualVariance: number;
}
export declare function fittedLine(points: readonly Point[]): FittedLine | undefined;
export declare function valueAt({ meanTime, meanValue, slope }: FittedLine, time: number): number;
export declare function slopeError({ residualVariance, timeSquares }: FittedLine): number;
export declare function errorsWithin({ effectiveCount }: FittedLine, confidence: number): number;



// src/history/bridge/telemetry.d.ts
import type { TelemetryEvent } from "../../events/event.ts";
import type { Time } from "../time.ts";
import type { EventResponse, HealthResponse, MetricsResponse } from "./documents.ts";
import { type BridgeAggregation } from "./metrics-question.ts";
import { type BridgeMonitor } from "./monitors.ts";
import { type BridgeConfig } from "./options.ts";
export interface BridgeEvent extends Partial<Omit<TelemetryEvent, "timestamp">> {
    readonly event_type: string;
    readonly source: string;
    readonly data: unknown;
    readonly timestamp?: Time;
}
export declare class BridgeTelemetry {
    #private;
    constructor(config?: BridgeConfig);
    recordEvent(event: BridgeEvent): Promise<EventResponse>;
    recordMetric(name: string, value: number | string, context?: Readonly<Record<string, unknown>>, timestamp?: Time): Promise<EventResponse>;
    getMetrics(names?: readonly string[] | null, timeRange?: readonly [Time, Time] | null, aggregation?: BridgeAggregation): Promise<MetricsResponse>;
    healthCheck(): Promise<HealthResponse>;
    addMonitor(name: string, monitor: BridgeMonitor): () => void;
    close(): Promise<void>;
}



// src/history/bridge/documents.d.ts
export type BridgeErrorCode = "INVALID_EVENT" | "LOOP_DETECTED" | "STORAGE_FAILURE" | "INVALID_AGGREGATION" | "RETRIEVAL_FAILURE";
export interface ValidationError {
    readonly field: string;
    readonly message: string;
}
export interface ErrorResponse {
    readonly status: "error";
    readonly error: {
        readonly code: BridgeErrorCode;
        readonly message: string;
        readonly details?: {
            readonly validation_errors?: readonly ValidationError[];
            readonly received_event?: unknown;
        };
    };
}
export type EventResponse = {
    readonly status: "success";
    readonly event_id: string;
    readonly timestamp: string;
} | ErrorResponse;
export interface MetricAggregate {
    readonly value: number;
    readonly aggregation: string;
    readonly sample_count: number;
    readonly time_range: {
        readonly start: string;
        readonly end: string;
    };
}
export type MetricsResponse = {
    readonly status: "success";
    readonly metrics: Readonly<Record<string, MetricAggregate>>;
} | ErrorResponse;
export interface HealthResponse {
    readonly status: "healthy" | "degraded" | "unhealthy";
    readonly version: string;
    readonly uptime_seconds: number;
    readonly stats: {
        readonly events_recorded: number;
        readonly metrics_recorded: number;
        readonly data_retention_days: number;
        readonly storage_usage_percentage: number;
    };
}

// src/history/bridge/metrics-question.d.ts
import type { AggregateName } from "../question.ts";
import type { ValidationError } from "./documents.ts";
export type BridgeAggregation = Extract<AggregateName, "MEAN" | "SUM" | "MIN" | "MAX" | "COUNT">;
export interface MetricsQuestion {
    readonly names: readonly string[] | undefined;
    readonly range: {
        readonly from: number;
        readonly to: number;
    } | undefined;
    readonly aggregation: BridgeAggregation;
}
export declare function aggregationFrom(given: unknown): BridgeAggregation | undefined;
export declare function namesFrom(given: unknown): {
    names: readonly string[] | undefined;
} | ValidationError;
export declare function rangeFrom(given: unknown): Pick<MetricsQuestion, "range"> | ValidationError;



// src/history/bridge/monitors.d.ts
import type { TelemetryEvent } from "../../events/event.ts";
export interface RecordedMetric {
    readonly event_id: string;
    readonly metric_name: string;
    readonly metric_value: number | string;
    readonly context: Readonly<Record<string, unknown>>;
    readonly timestamp: string;
}
export interface BridgeMonitor {
    onEvent?(event: TelemetryEvent): unknown;
    onMetric?(metric: RecordedMetric): unknown;
}
export declare class BridgeMonitorError extends Error {
    readonly name = "BridgeMonitorError";
    readonly code = "TACHYMETER_BRIDGE_MONITOR";
}
export declare class Monitors {
    #private;
    add(name: string, monitor: BridgeMonitor): () => void;
    isEventLoop(type: string, source: string): boolean;
    isMetricLoop(name: string): boolean;
    eventRecorded(event: TelemetryEvent): void;
    metricRecorded(metric: RecordedMetric): void;
}


// src/history/bridge/options.d.ts
import type { Redaction } from "./redaction.ts";
export interface BridgeConfig {
    readonly logger_config?: {
        readonly log_path?: string;
        readonly enable_console?: boolean;
        readonly redact?: readonly string[] | ((payload: unknown) => unknown) | false | undefined;
    };
    readonly storage_config?: {
        readonly backend?: string;
        readonly connection_string?: string;
        readonly headers?: Readonly<Record<string, string>>;
    };
    readonly retention_policy?: {
        readonly events?: {
            readonly duration_days: number;
        };
        readonly metrics?: {
            readonly duration_days: number;
        };
    };
}
export interface BridgeOptions {
    readonly logPath: string | undefined;
    readonly console: boolean;
    readonly redact: Redaction | false | undefined;
    readonly connection: string | undefined;
    readonly headers: Readonly<Record<string, string>> | undefined;
    readonly eventsDays: number | undefined;
    readonly metricsDays: number | undefined;
}
export declare class BridgeConfigError extends Error {
    readonly name = "BridgeConfigError";
    readonly code = "TACHYMETER_BRIDGE_CONFIG";
}
export declare function bridgeOptionsFrom(config: unknown): BridgeOptions;

// src/history/bridge/redaction.d.ts
export type Redaction = readonly string[] | ((payload: unknown) => unknown);
export declare function payloadText(payload: unknown, redaction: Redaction | false | undefined): string;


// src/history/events/commit-group.d.ts
export declare class BacklogError extends Error {
    readonly name = "BacklogError";
    readonly code = "TACHYMETER_HISTORY_BACKLOG";
    constructor();
}
export declare class CommitGroup<T> {
    #private;
    constructor(commit: (items: readonly T[]) => Promise<void>);
    get isFull(): boolean;
    add(item: T, characters: number): Promise<void>;
    flush(): Promise<void>;
    takeUncommitted(): readonly T[];
}




// src/history/history.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { TelemetryEvent } from "../events/event.ts";
import { type Comparison } from "./analysis/compare.ts";
import { type Forecast } from "./analysis/forecast.ts";
import { type AnalysisOptions, type Trend } from "./analysis/trend.ts";
import { type HistoryOptions } from "./options.ts";
import type { HistorySource } from "./source.ts";
import type { Answer, EventQuestion, KnownMetric, Question, Usage, Where } from "./question.ts";
import type { Time } from "./time.ts";
export interface OpenHistoryOptions extends HistoryOptions {
    readonly readOnly?: boolean | undefined;
}
export declare class History implements HistorySource, AsyncDisposable {
    #private;
    private constructor();
    static open(options?: OpenHistoryOptions): Promise<History>;
    query(question: Question): Promise<Answer>;
    metrics(): AsyncGenerator<KnownMetric, void, undefined>;
    series(metric: string, where?: Where): AsyncGenerator<Attributes, void, undefined>;
    events(question?: EventQuestion): AsyncGenerator<TelemetryEvent, void, undefined>;
    trend(question: Question, options?: AnalysisOptions): Promise<Trend>;
    forecast(question: Question, threshold: number, options?: AnalysisOptions): Promise<Forecast>;
    compare(question: Question, before: readonly [Time, Time], after: readonly [Time, Time]): Promise<Comparison>;
    usage(): Promise<Usage>;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}





// src/history/options.d.ts
export interface HistoryOptions {
    readonly path?: string | undefined;
    readonly retention?: {
        readonly metricsDays?: number | undefined;
        readonly eventsDays?: number | undefined;
    } | undefined;
    readonly maxBytes?: number | undefined;
}
export interface HistorySettings {
    readonly path: string;
    readonly metricsDays: number;
    readonly eventsDays: number;
    readonly maxBytes: number;
}
export interface HistoryOptionsProblem {
    readonly name: string;
    readonly value: unknown;
    readonly allowed: string;
}
export declare class HistoryOptionsError extends Error {
    readonly name = "HistoryOptionsError";
    readonly code = "TACHYMETER_HISTORY_OPTIONS";
    readonly problems: readonly HistoryOptionsProblem[];
    constructor(problems: readonly HistoryOptionsProblem[]);
}
export declare function historyProblems(options: unknown): readonly HistoryOptionsProblem[];
export declare function isHistoryOptions(options: unknown): options is HistoryOptions;
export declare function historySettings(options: HistoryOptions): HistorySettings;

// src/history/source.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { TelemetryEvent } from "../events/event.ts";
import type { Comparison } from "./analysis/compare.ts";
import type { Forecast } from "./analysis/forecast.ts";
import type { AnalysisOptions, Trend } from "./analysis/trend.ts";
import type { Answer, EventQuestion, KnownMetric, Question, Usage, Where } from "./question.ts";
import type { Time } from "./time.ts";
export interface HistorySource {
    query(question: Question): Promise<Answer>;
    metrics(): AsyncIterable<KnownMetric>;
    series(metric: string, where?: Where): AsyncIterable<Attributes>;
    events(question?: EventQuestion): AsyncIterable<TelemetryEvent>;
    trend(question: Question, options?: AnalysisOptions): Promise<Trend>;
    forecast(question: Question, threshold: number, options?: AnalysisOptions): Promise<Forecast>;
    compare(question: Question, before: readonly [Time, Time], after: readonly [Time, Time]): Promise<Comparison>;
    usage(): Promise<Usage>;
    close(): Promise<void>;
}












// src/history/remote/index.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { TelemetryEvent } from "../../events/event.ts";
import { type Comparison } from "../analysis/compare.ts";
import { type Forecast } from "../analysis/forecast.ts";
import { type AnalysisOptions, type Trend } from "../analysis/trend.ts";
import type { HistorySource } from "../source.ts";
import type { Answer, EventQuestion, KnownMetric, Question, Usage, Where } from "../question.ts";
import type { Time } from "../time.ts";
import { type RemoteHistoryOptions } from "./options.ts";
export declare class RemoteHistory implements HistorySource {
    #private;
    constructor(options: RemoteHistoryOptions);
    query(question: Question): Promise<Answer>;
    metrics(): AsyncIterable<KnownMetric>;
    series(metric: string, where?: Where): AsyncIterable<Attributes>;
    events(_question?: EventQuestion): AsyncIterable<TelemetryEvent>;
    trend(question: Question, options?: AnalysisOptions): Promise<Trend>;
    forecast(question: Question, threshold: number, options?: AnalysisOptions): Promise<Forecast>;
    compare(question: Question, before: readonly [Time, Time], after: readonly [Time, Time]): Promise<Comparison>;
    usage(): Promise<Usage>;
    close(): Promise<void>;
}








// src/history/remote/options.d.ts
export interface RemoteHistoryOptions {
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly timeout?: number;
}
export interface RemoteSettings {
    readonly base: URL;
    readonly shownUrl: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly timeoutMillis: number;
}
export declare function remoteSettings(options: RemoteHistoryOptions): RemoteSettings;


// src/history/remote/error.d.ts
export declare class RemoteHistoryError extends Error {
    readonly name = "RemoteHistoryError";
    readonly code = "TACHYMETER_REMOTE_HISTORY";
    readonly status: number | undefined;
    constructor(shownUrl: string, problem: string, { cause, status }?: {
        cause?: unknown;
        status?: number;
    });
}

// src/history/question-error.d.ts
export declare class QuestionError extends Error {
    readonly name = "QuestionError";
    readonly code = "TACHYMETER_QUESTION";
    constructor(metric: unknown, problems: readonly string[]);
}

// src/history/thread/store-error.d.ts
import type { SentError } from "./message.ts";
export declare class HistoryStoreError extends Error {
    readonly name = "HistoryStoreError";
    readonly code: string;
    constructor({ message, code, }: Partial<SentError> & Pick<SentError, "message">);
}

// src/history/thread/message.d.ts
import type { SharedWork } from "./shared-work.ts";
import type { Answered, Request, RequestKind, ThreadOptions } from "./requests.ts";
export interface ThreadData {
    readonly options: ThreadOptions;
    readonly work: SharedWork;
}
export interface RequestMessage {
    readonly id: number;
    readonly request: Request;
    readonly cancelled?: Int32Array;
    readonly outcome?: Int32Array;
}
export declare const DONE = 1;
export declare const FAILED = 2;
export declare function tell(outcome: Int32Array, how: number): void;
export type ThreadMessage = {
    readonly kind: "open";
} | {
    readonly kind: "refused";
    readonly error: SentError;
} | {
    readonly kind: "warning";
    readonly message: string;
} | {
    readonly kind: "answer";
    readonly id: number;
    readonly value: Answered<RequestKind>;
} | {
    readonly kind: "failure";
    readonly id: number;
    readonly error: SentError;
};
export interface SentError {
    readonly message: string;
    readonly code: string | undefined;
}
export declare function sentError(error: unknown, path: string): SentError;

// src/history/thread/shared-work.d.ts
export type SharedWork = Int32Array;
export declare function sharedWork(): SharedWork;
export declare function isEnding(shared: SharedWork): boolean;
export declare function doWork(shared: SharedWork, work: () => void, isLast?: boolean): void;
export declare function endWork(shared: SharedWork, timeoutMillis: number): void;

// src/history/thread/requests.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { MetricTotals, TotalsRequest } from "../query/totals/totals.ts";
import type { EncodedCollection } from "../encoded-collection.ts";
import type { QueryResult } from "../query/result.ts";
import type { Where } from "../question.ts";
import type { ResolvedQuestion } from "../resolved-question.ts";
import type { StoreOptions } from "../store/options.ts";
import type { EventFilter, StoredEvent, StoredMetric, StoreUsage } from "../store/stored.ts";
import type { PackedEvents } from "./packed-events.ts";
import type { PackedSamples } from "./packed-samples.ts";
export interface Requests {
    readonly append: {
        readonly given: EncodedCollection;
        readonly answer: void;
    };
    readonly appendSamples: {
        readonly given: PackedSamples;
        readonly answer: void;
    };
    readonly appendEvents: {
        readonly given: PackedEvents;
        readonly answer: void;
    };
    readonly query: {
        readonly given: ResolvedQuestion;
        readonly answer: QueryResult;
    };
    readonly totals: {
        readonly given: TotalsRequest;
        readonly answer: readonly MetricTotals[];
    };
    readonly metrics: {
        readonly given: undefined;
        readonly answer: readonly StoredMetric[];
    };
    readonly series: {
        readonly given: {
            readonly metric: string;
            readonly where: Where;
        };
        readonly answer: readonly Attributes[];
    };
    readonly events: {
        readonly given: EventFilter;
        readonly answer: readonly StoredEvent[];
    };
    readonly usage: {
        readonly given: undefined;
        readonly answer: StoreUsage;
    };
    readonly maintain: {
        readonly given: undefined;
        readonly answer: void;
    };
}
export type RequestKind = keyof Requests;
export type Given<Kind extends RequestKind> = Requests[Kind]["given"];
export type Answered<Kind extends RequestKind> = Requests[Kind]["answer"];
export type Request = {
    readonly [Kind in RequestKind]: {
        readonly kind: Kind;
        readonly given: Given<Kind>;
    };
}[RequestKind];
export type ThreadOptions = Omit<StoreOptions, "isEnding" | "now" | "warn">;

// src/history/query/totals/totals.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { QueryStore } from "../store.ts";
import type { MetricType } from "../../question.ts";
import type { HistogramBlock, NumberBlock } from "../../store/block.ts";
import type { SampleFigures, StoredMetric } from "../../store/stored.ts";
export interface TotalsRequest {
    readonly names: readonly string[] | undefined;
    readonly from: number | undefined;
    readonly to: number;
    readonly by?: readonly string[];
}
export interface MetricTotals {
    readonly name: string;
    readonly type: MetricType;
    readonly attributes?: Attributes;
    readonly count: number;
    readonly sum: number;
    readonly min: number;
    readonly max: number;
    readonly texts: number;
}
export interface TotalsSource {
    totals(request: TotalsRequest): Promise<readonly MetricTotals[]>;
}
export interface TotalsStore extends QueryStore {
    metrics(): Iterable<StoredMetric>;
    collected(seriesIds: readonly number[], from: number, to: number): Iterable<NumberBlock | HistogramBlock>;
    sampled(metricId: number, from: number, to: number): SampleFigures | undefined;
}
export declare function totals(store: TotalsStore, { names, from, to, by }: TotalsRequest): MetricTotals[];

// src/history/query/store.d.ts
import type { Block } from "../store/block.ts";
import type { StoredMetric, StoredSeries } from "../store/stored.ts";
export interface QueryStore {
    find(metric: string): readonly StoredMetric[];
    series(metricId: number): readonly StoredSeries[];
    read(seriesIds: readonly number[], from: number, to: number): Iterable<Block>;
    batches(seriesIds: readonly number[], from: number, to: number): Iterable<readonly Block[]>;
    usage(): {
        readonly oldest?: number;
    };
}

// src/history/store/block.d.ts
import type { Extremes } from "./extremes.ts";
interface BlockOfPoints {
    readonly series: number;
    readonly from: number;
    readonly to: number;
    readonly count: number;
    times(): Float64Array;
}
export interface NumberBlock extends BlockOfPoints {
    readonly kind: "numbers";
    readonly sum: number;
    readonly min: number;
    readonly max: number;
    readonly first: number;
    readonly last: number;
    readonly increase: number;
    values(): Float64Array;
}
export interface HistogramBlock extends BlockOfPoints {
    readonly kind: "histograms";
    readonly bounds: Float64Array;
    first(): Float64Array;
    last(): Float64Array;
    increase(): Float64Array;
    rows(): Float64Array;
    extremes(): Extremes;
    extremesOfRows(): Float64Array;
}
export type Block = NumberBlock | HistogramBlock;
export {};

// src/history/store/extremes.d.ts
export interface Extremes {
    readonly min: number;
    readonly max: number;
}
export declare const EXTREME_CELLS = 2;
export declare const NO_EXTREMES: Extremes;
export declare const UNKNOWN_EXTREMES: Extremes;
export declare function unknownExtremes(points: number): Float64Array;
export declare function rowsAndExtremes(cells: Float64Array, widths: Int32Array, { bounds, hasMinMax }: {
    readonly bounds: Float64Array;
    readonly hasMinMax?: boolean;
}): {
    rows: Float64Array;
    extremes: Float64Array | undefined;
};
export declare function extremesAtEnds(cells: Float64Array, widths: Int32Array): Float64Array;
export declare function allExtremes(pairs: Float64Array): Extremes;
export declare function widerExtremes(one: Extremes, other: Extremes): Extremes;
export declare function leastIn(bounds: ArrayLike<number>, bucket: number, { min }: Extremes): number;
export declare function greatestIn(bounds: ArrayLike<number>, bucket: number, { max }: Extremes): number;

// src/history/store/stored.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { SeriesDescription } from "../encoded-collection.ts";
import type { MetricType } from "../question.ts";
export interface StoredMetric {
    readonly id: number;
    readonly name: string;
    readonly prometheusName: string;
    readonly type: MetricType;
    readonly unit: string;
    readonly description: string;
    readonly scope: SeriesDescription["scope"];
    readonly series: number;
}
export interface StoredSeries {
    readonly id: number;
    readonly metric: StoredMetric;
    readonly attributes: Attributes;
    readonly resource: Attributes;
    readonly startTimeUnixMillis: number;
}
export interface Sample {
    readonly metric: string;
    readonly timeUnixMillis: number;
    readonly value: number | string;
    readonly context?: string;
}
export interface SampleFigures {
    readonly count: number;
    readonly sum: number;
    readonly min: number;
    readonly max: number;
    readonly texts: number;
}
export interface StoredEvent {
    readonly id: string;
    readonly type: string;
    readonly source: string;
    readonly timeUnixMillis: number;
    readonly data: string;
    readonly labels: string;
    readonly metadata: string;
    readonly traceId?: string;
    readonly spanId?: string;
}
export interface EventFilter {
    readonly type?: string;
    readonly source?: string;
    readonly from?: number;
    readonly to?: number;
    readonly where?: readonly {
        readonly path: string;
        readonly texts: readonly string[];
        readonly negated: boolean;
    }[];
    readonly after?: {
        readonly timeUnixMillis: number;
        readonly id: string;
    };
    readonly limit?: number;
}
export interface StoreUsage {
    readonly bytes: number;
    readonly maxBytes: number;
    readonly points: number;
    readonly series: number;
    readonly events: number;
    readonly oldest?: number;
    readonly newest?: number;
    readonly storage: "disk" | "memory";
    readonly writeError?: string;
    readonly outOfOrder: number;
    readonly duplicates: number;
    readonly unreadable: number;
}

// src/history/encoded-collection.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { MetricType } from "./question.ts";
export type SeriesLayout = {
    readonly kind: "number";
}
 | {
    readonly kind: "buckets";
    readonly bounds: readonly number[];
    readonly hasMinMax?: boolean;
} | {
    readonly kind: "exponential";
    readonly hasMinMax?: boolean;
};
export interface SeriesDescription {
    readonly id: number;
    readonly metric: string;
    readonly prometheusName: string;
    readonly type: MetricType;
    readonly unit: string;
    readonly description: string;
    readonly layout: SeriesLayout;
    readonly attributes: Attributes;
    readonly attributesJson?: readonly ArrayBuffer[];
    readonly scope: {
        readonly name: string;
        readonly version: string;
        readonly attributes?: Attributes;
    };
    readonly startTimeUnixMillis: number;
}
export interface EncodedCollection {
    readonly timeUnixMillis: number;
    readonly resource: Attributes;
    readonly newSeries: readonly SeriesDescription[];
    readonly buffer: ArrayBuffer;
}
export declare function transferables({ buffer, newSeries }: EncodedCollection): readonly ArrayBuffer[];
export interface CollectionCells {
    readonly ids: Int32Array;
    readonly widths: Int32Array;
    readonly cells: Float64Array;
}
export declare function emptyCells(seriesCount: number, cellCount: number): CollectionCells & {
    buffer: ArrayBuffer;
};
export declare function cellsFrom(buffer: ArrayBuffer): CollectionCells;







// src/history/query/result.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { AnswerSeries, MetricType } from "../question.ts";
import type { PointList } from "./point-list.ts";
export interface QueryResult {
    readonly unit: string;
    readonly type: MetricType;
    readonly problem?: string;
    readonly attributes: readonly Attributes[];
    readonly ends: Float64Array;
    readonly times: Float64Array;
    readonly values: Float64Array;
}
export interface ResultSeries {
    readonly attributes: Attributes;
    readonly points: PointList;
}
export declare function packedResult({ unit, type }: Pick<QueryResult, "unit" | "type">, series: readonly ResultSeries[]): QueryResult;
export declare function buffersOf({ ends, times, values }: QueryResult): ArrayBuffer[];
export declare function unpackedSeries({ attributes, ends, times, values }: QueryResult): AnswerSeries[];


// src/history/query/point-list.d.ts
export declare class PointList {
    #private;
    get length(): number;
    get times(): Float64Array;
    get values(): Float64Array;
    push(time: number, value: number): void;
    pushAll(times: Float64Array, values: Float64Array): void;
}


// src/history/resolved-question.d.ts
import { type AggregateName, type Question, type Where } from "./question.ts";
export interface ResolvedQuestion {
    readonly metric: string;
    readonly where: Where;
    readonly from: number | undefined;
    readonly to: number;
    readonly step: number | undefined;
    readonly aggregate: AggregateName | "POINTS" | undefined;
    readonly quantile: number;
    readonly by: readonly string[] | undefined;
}
export declare const MAX_STEPS = 1000000;
export declare function resolvedQuestion(question: Question, nowUnixMillis: number): ResolvedQuestion;
export declare function checkedWhere(metric: string, where: Where): Where;
export declare function momentOf(name: string, time: unknown, refuse: (name: string, value: unknown, remedy: string) => void): number | undefined;
export declare function isWhere(where: unknown): where is Where;


// src/history/store/options.d.ts
export interface StoreOptions {
    readonly path: string;
    readonly readOnly?: boolean;
    readonly intervalMillis?: number;
    readonly metricsMillis?: number;
    readonly eventsMillis?: number;
    readonly maxBytes?: number;
    readonly warn?: (message: string) => void;
    readonly isEnding?: () => boolean;
    readonly now?: () => number;
}
export type StoreSettings = Required<StoreOptions>;
export declare function storeSettings(options: StoreOptions): StoreSettings;


// src/history/thread/packed-events.d.ts
import type { StoredEvent } from "../store/stored.ts";
export interface PackedEvents {
    readonly text: string;
    readonly ends: Uint32Array;
    readonly times: Float64Array;
}
export declare function packedEvents(events: readonly StoredEvent[]): PackedEvents;
export declare function unpackedEvents({ text, ends, times }: PackedEvents): StoredEvent[];


// src/history/thread/packed-samples.d.ts
import type { Sample } from "../store/stored.ts";
export interface PackedSamples {
    readonly text: string;
    readonly ends: Uint32Array;
    readonly times: Float64Array;
    readonly values: Float64Array;
}
export declare function packedSamples(samples: readonly Sample[]): PackedSamples;
export declare function unpackedSamples({ text, ends, times, values }: PackedSamples): Sample[];


