// src/facades/index.d.ts
export { type Labels, type Snapshot, type SnapshotEntry, type SnapshotHistogram, } from "../translation/snapshot-document.ts";
export { type MetricDescription, MetricsExporter, type MetricsSource, } from "../collector/metrics-exporter.ts";
export { Coordination, type CoordinationMessageOptions, type CoordinationOptions, } from "./coordination/index.ts";
export { Messaging, type MessagingOptions } from "./messaging/index.ts";
export { type BoundDestination, type DestinationOptions } from "./messaging/bound-destination.ts";
export { Health, type HealthOptions } from "./health/index.ts";
export { HealthCheckError, type HealthCheckOptions } from "./health/check.ts";
export type { HealthAnswer, HealthAnswerOptions } from "./health/answer.ts";
export type { HealthFetchHandler, HealthRequestHandler } from "./health/handlers.ts";
export { type ComponentHealth, type HealthReport, type HealthStatus } from "./health/report.ts";
export type { SystemThresholds, SystemWatchOptions } from "./health/system-watch.ts";
export { type EventCallback, Events, EventsError, type EventsOptions } from "../events/events.ts";
export { EventLog, type EventLogOptions } from "../events/log.ts";
export { EventLogError } from "../events/log-error.ts";
export { type EventToRecord, type TelemetryEvent } from "../events/event.ts";
export { Commands, type CommandsOptions, type CommandStats } from "./commands/index.ts";
export { type FailurePattern } from "./commands/history.ts";
export { type NetworkIo, type SystemMetrics } from "./commands/system-metrics.ts";
export { Kernels, type KernelsOptions, type KernelsSummary } from "./kernels/index.ts";
export { type KernelQueue, type KernelState, type KernelTelemetry } from "./kernels/record.ts";
export { type KernelResources } from "./kernels/resources.ts";
export { type KernelLatency } from "./kernels/latency-sketch.ts";
export { type KernelRuntime, KernelRuntimeError } from "./kernels/runtime.ts";
export { KernelMonitorError } from "./kernels/monitor.ts";
export { Application, type ApplicationOptions, getApplicationCollector } from "./application/index.ts";
export { type AnyFunction, type Timer, TimerTargetError } from "./application/timer.ts";
export { type TrackedBlock } from "./application/tracked-block.ts";
export { type TrackedScope } from "./application/tracked-scope.ts";
export { Custom, type CustomOptions, getCustomCollector } from "./custom/index.ts";
export { getSystemCollector, System, type SystemOptions } from "./system/index.ts";
export { getNetworkCollector, Network, type NetworkOptions, type NetworkWatchOptions, } from "./network/index.ts";
export { type NetworkWatch } from "./network/watch.ts";
export { httpAgent, mysqlPool, pgPool, type PoolFigures, undiciPool } from "./network/pool-figures.ts";
export { type PerformanceMetric } from "./performance-metric.ts";
export { FacadeOptionsError } from "../recording/facade-options-error.ts";
export { type CollectorOptions, type NamedHistogramOptions, TelemetryCollector } from "../collector/index.ts";
export { setupCoordinationHooks, setupHealthHooks, setupMessagingHooks } from "../collector/hooks.ts";
export { type NamedCounter, type NamedGauge, type NamedHistogram } from "../collector/named-metrics.ts";
export { MetricRegistrationError } from "../collector/metric-registration.ts";
export { MultiExporter, type MultiExporterOptions, MultiExportError } from "../collector/multi-exporter.ts";
export { PeriodicExporter, type PeriodicExporterOptions } from "../collector/periodic-exporter.ts";
export { ExporterOptionsError } from "../collector/exporter-options.ts";

// src/translation/snapshot-document.d.ts
import type { Attributes } from "@opentelemetry/api";
import { type Labels } from "../events/labels.ts";
export type { Labels } from "../events/labels.ts";
export interface SnapshotHistogram {
    readonly count: number;
    readonly sum: number;
    readonly min: number | null;
    readonly max: number | null;
    readonly buckets: Readonly<Record<string, number>>;
}
export interface SnapshotEntry {
    readonly value: number | string | SnapshotHistogram;
    readonly labels: Labels;
    readonly timestamp: number;
}
export interface Snapshot {
    readonly timestamp: number;
    readonly metrics: Readonly<Record<string, SnapshotEntry>>;
    readonly events_count: number;
    readonly running: boolean;
}
export declare function seriesKey(name: string, labels: Readonly<Labels>): string;
export declare function escapeLabelValue(value: string): string;
export declare function labelNameFromKey(key: string): string;
export declare function labelsFromAttributes(attributes: Readonly<Attributes>): Labels;
export declare function metricNameFromName(name: string): string;
export declare function snapshotNumber(value: number): number | string;

// src/events/labels.d.ts
export type Labels = Record<string, string | number | boolean>;
export declare function cleanLabels(given: unknown, onDrop: (key: string) => void): Labels;
export declare function isLabelValue(value: unknown): value is string | number | boolean;
export declare function readField(given: unknown, key: string): unknown;


// src/collector/metrics-exporter.d.ts
import type { Snapshot } from "../translation/snapshot-document.ts";
export interface MetricDescription {
    readonly kind: "counter" | "gauge" | "histogram";
    readonly description: string;
    readonly unit: string;
}
export interface MetricsSource {
    getSnapshot(): Promise<Snapshot>;
    getMetric?(name: string): MetricDescription | undefined;
}
export declare abstract class MetricsExporter {
    abstract exportMetrics(source: MetricsSource): Promise<void>;
}


// src/facades/coordination/index.d.ts
import type { Attributes } from "@opentelemetry/api";
import { type FacadeOptions } from "../../recording/facade-meter.ts";
export interface CoordinationOptions extends FacadeOptions {
    readonly nodeTimeout?: number | undefined;
}
export interface CoordinationMessageOptions {
    readonly latency?: number | undefined;
    readonly attributes?: Attributes | undefined;
}
export declare class Coordination {
    #private;
    constructor(options?: CoordinationOptions);
    message(type?: string, options?: CoordinationMessageOptions): void;
    startMessage(type?: string): () => number;
    join(node: string, { lasting }?: {
        readonly lasting?: boolean | undefined;
    }): void;
    heartbeat(node: string): void;
    leave(node: string): void;
    get activeNodes(): number;
    leaderChanged(leader: string): void;
    get leader(): string | undefined;
    lockAcquired(name: string, waitedSeconds: number): void;
    lockReleased(name: string, heldSeconds: number): void;
}

// src/recording/facade-meter.d.ts
import type { Meter, MeterProvider, MetricOptions } from "@opentelemetry/api";
import { Drops } from "./drops.ts";
import { GuardedCounter, GuardedGauge, GuardedHistogram } from "./guarded-instruments.ts";
import { type KindOfState, type Shared, type SharedState } from "./shared-state.ts";
export interface FacadeOptions {
    readonly meterProvider?: MeterProvider | undefined;
}
type Register = (meter: Meter, provider: MeterProvider) => void;
export declare const SECONDS_BOUNDARIES: readonly number[];
export declare class FacadeMeter {
    #private;
    readonly drops: Drops;
    constructor(scope: string, options?: FacadeOptions);
    meter(): Meter | undefined;
    counter(name: string, options: MetricOptions): GuardedCounter;
    histogram(name: string, options: MetricOptions): GuardedHistogram;
    durations(name: string, description: string): GuardedHistogram;
    gauge(name: string, options: MetricOptions): GuardedGauge;
    observe(register: Register): void;
    share<State extends SharedState, Given extends readonly unknown[]>(kind: KindOfState<State, Given>, ...given: Given): Shared<State>;
}
export {};

// src/recording/drops.d.ts
import { type Meter } from "@opentelemetry/api";
export type DropReason = "negative" | "not_a_number" | "not_finite" | "invalid_name" | "callback_error" | "callback_timeout";
export type LabelDropReason = "invalid" | "undeclared";
export declare class Drops {
    #private;
    constructor(meter: () => Meter | undefined);
    measurement(instrument: string, reason: DropReason, given: unknown, remedy?: string): void;
    label(instrument: string, reason: LabelDropReason, key: string): void;
}

// src/recording/guarded-instruments.d.ts
import type { Attributes, Context, Counter, Gauge, Histogram } from "@opentelemetry/api";
import type { DropReason, Drops } from "./drops.ts";
export interface BoundCounter {
    add(value: number): void;
    release(): void;
}
export interface BoundRecorder {
    record(value: number): void;
    release(): void;
}
export declare class GuardedCounter implements Counter {
    #private;
    constructor(name: string, drops: Drops, make: () => Counter | undefined);
    add(value: number, attributes?: Attributes, context?: Context): void;
    bind(attributes: Attributes): BoundCounter;
}
export declare class GuardedHistogram implements Histogram {
    #private;
    constructor(name: string, drops: Drops, make: () => Histogram | undefined);
    record(value: number, attributes?: Attributes, context?: Context): void;
    bind(attributes: Attributes): BoundRecorder;
}
export declare class GuardedGauge implements Gauge {
    #private;
    constructor(name: string, drops: Drops, make: () => Gauge | undefined);
    record(value: number, attributes?: Attributes, context?: Context): void;
}
export declare function isAmount(value: unknown): boolean;
export declare function refusalOfAmount(value: unknown): DropReason | undefined;
export declare function refuseAmount(drops: Drops, instrument: string, value: unknown): void;


// src/recording/shared-state.d.ts
import type { Meter, MeterProvider } from "@opentelemetry/api";
export interface SharedState {
    absorb(other: this): void;
}
export declare class Members<Member> implements SharedState {
    #private;
    constructor(member: Member);
    absorb(other: Members<Member>): void;
    flatMap<Result>(answer: (member: Member) => readonly Result[]): Result[];
}
export interface Shared<State> {
    readonly state: State;
}
export interface ProviderInFront extends MeterProvider {
    whenFound(adopt: (behind: MeterProvider) => void): void;
}
type Observe<State> = (meter: Meter, shared: Shared<State>) => void;
export interface KindOfState<State extends SharedState, Given extends readonly unknown[]> {
    readonly kind: string;
    readonly create: (...given: Given) => State;
    readonly observe: Observe<State>;
}
export declare class StateOfProviders<State extends SharedState, Given extends readonly unknown[]> {
    #private;
    readonly create: (...given: Given) => State;
    readonly observe: Observe<State>;
    private constructor();
    static of<State extends SharedState, Given extends readonly unknown[]>(kind: KindOfState<State, Given>): StateOfProviders<State, Given>;
    join(provider: MeterProvider, own: State): State;
    observeOnce(provider: MeterProvider, meter: Meter, shared: Shared<State>): void;
}
export declare function isInFront(provider: MeterProvider): provider is ProviderInFront;
export {};

// src/facades/messaging/index.d.ts
import type { Attributes } from "@opentelemetry/api";
import { BoundDestination, type DestinationOptions } from "./bound-destination.ts";
import { type FacadeOptions } from "../../recording/facade-meter.ts";
export interface MessagingOptions extends FacadeOptions {
    readonly system?: string | undefined;
    readonly maxDestinations?: number | undefined;
}
export declare class Messaging {
    #private;
    constructor(options?: MessagingOptions);
    sent(destination?: string, count?: number, attributes?: Attributes): void;
    received(destination?: string, count?: number, attributes?: Attributes): void;
    queueSize(destination: string | undefined, size: number | (() => number), attributes?: Attributes): () => void;
    processed(destination: string | undefined, seconds: number, error?: unknown, attributes?: Attributes): void;
    process<T>(destination: string | undefined, handler: () => T): T;
    destination(name: string, options?: DestinationOptions): BoundDestination;
}

// src/facades/messaging/bound-destination.d.ts
import type { Attributes } from "@opentelemetry/api";
export interface DestinationOptions {
    readonly system?: string | undefined;
    readonly attributes?: Attributes | undefined;
}
export declare class BoundDestination {
    #private;
    sent(count?: number): void;
    received(count?: number): void;
    processed(seconds: number, error?: unknown): void;
    process<T>(handler: () => T): T;
    queueSize(size: number | (() => number)): () => void;
}



// src/facades/health/index.d.ts
import { type FacadeOptions } from "../../recording/facade-meter.ts";
import { type HealthCheckOptions } from "./check.ts";
import { type HealthReport, type HealthStatus } from "./report.ts";
import { type HealthAnswer, type HealthAnswerOptions } from "./answer.ts";
import { type HealthFetchHandler, type HealthRequestHandler } from "./handlers.ts";
import { type SystemWatchOptions } from "./system-watch.ts";
export interface HealthOptions extends FacadeOptions {
}
export declare class Health {
    #private;
    constructor(options?: HealthOptions);
    register(component: string, check: (signal: AbortSignal) => unknown, options?: HealthCheckOptions): () => void;
    watchSystem(options?: SystemWatchOptions): () => void;
    set(component: string, status: HealthStatus, reason?: string, { critical }?: Pick<HealthCheckOptions, "critical">): void;
    remove(component: string): void;
    check(component?: string): Promise<HealthReport>;
    report(): HealthReport;
    get status(): HealthStatus;
    answer(path: string, options?: HealthAnswerOptions): HealthAnswer | undefined;
    handler(options?: HealthAnswerOptions): HealthRequestHandler;
    fetchHandler(options?: HealthAnswerOptions): HealthFetchHandler;
}


// src/facades/health/check.d.ts
import { type HealthVerdict } from "./verdict.ts";
export interface HealthCheckOptions {
    readonly interval?: number | undefined;
    readonly timeout?: number | undefined;
    readonly critical?: boolean | undefined;
}
export declare class HealthCheckError extends Error {
    readonly name = "HealthCheckError";
    readonly code = "TACHYMETER_HEALTH_CHECK";
}
export type CheckEnded = (verdict: HealthVerdict, seconds: number) => void;
export declare class HealthCheck {
    #private;
    constructor(check: (signal: AbortSignal) => unknown, options: HealthCheckOptions, ended: CheckEnded);
    run({ isAwaited }?: {
        readonly isAwaited?: boolean;
    }): Promise<void>;
    stop(): void;
}
export declare function assertHealthCheck(component: unknown, check: unknown, options: unknown): void;

// src/facades/health/verdict.d.ts
import { type HealthStatus } from "./report.ts";
export interface HealthVerdict {
    readonly status: HealthStatus;
    readonly reason?: string;
}
export declare function verdictFromResult(result: unknown): HealthVerdict;
export declare function verdictFromError(error: unknown): HealthVerdict;
export declare function verdictFrom(status: HealthStatus, reason: unknown): HealthVerdict;

// src/facades/health/report.d.ts
export type HealthStatus = "unknown" | "healthy" | "degraded" | "unhealthy";
export interface ComponentHealth {
    readonly status: HealthStatus;
    readonly reason?: string;
    readonly critical: boolean;
    readonly checkedAt?: number;
    readonly durationSeconds?: number;
}
export interface HealthReport {
    readonly status: HealthStatus;
    readonly timestamp: number;
    readonly components: Readonly<Record<string, ComponentHealth>>;
}
export declare function valueOfStatus(status: HealthStatus): number;
export declare function isHealthStatus(given: unknown): given is HealthStatus;
export declare function statusOfAll(components: Iterable<Pick<ComponentHealth, "status" | "critical">>): HealthStatus;


// src/facades/health/answer.d.ts
import type { HealthReport } from "./report.ts";
export interface HealthAnswer {
    readonly status: 200 | 503;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
}
export interface HealthAnswerOptions {
    readonly reasons?: boolean | undefined;
    readonly details?: boolean | undefined;
}
export declare const HEALTH_PATHS: readonly ["/livez", "/readyz", "/healthz"];
export type HealthPath = (typeof HEALTH_PATHS)[number];
export declare function healthPathOf(path: string): HealthPath | undefined;
export declare function healthAnswer(path: HealthPath, report: HealthReport, { reasons, details }?: HealthAnswerOptions): HealthAnswer;


// src/facades/health/handlers.d.ts
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HealthAnswer } from "./answer.ts";
export type HealthRequestHandler = (request: IncomingMessage, response: ServerResponse, next?: () => void) => void;
export type HealthFetchHandler = (request: Request) => Promise<Response>;
type AnswerAt = (path: string) => HealthAnswer | undefined;
export declare function requestHandler(answerAt: AnswerAt): HealthRequestHandler;
export declare function fetchHandler(answerAt: AnswerAt): HealthFetchHandler;
export {};


// src/facades/health/system-watch.d.ts
import type { HealthVerdict } from "./verdict.ts";
import { type SystemFigure } from "./system-figures.ts";
export interface SystemThresholds {
    readonly degraded?: number | undefined;
    readonly unhealthy?: number | undefined;
}
export interface SystemWatchOptions {
    readonly cpu?: boolean | number | SystemThresholds | undefined;
    readonly memory?: boolean | number | SystemThresholds | undefined;
    readonly disk?: boolean | number | (SystemThresholds & {
        readonly path?: string | undefined;
    }) | undefined;
    readonly eventLoop?: boolean | number | SystemThresholds | undefined;
    readonly interval?: number | undefined;
    readonly critical?: boolean | undefined;
}
export interface WatchedFigure {
    readonly component: string;
    readonly figure: SystemFigure;
    readonly check: () => Promise<HealthVerdict>;
}
export declare function watchedFigures(options: SystemWatchOptions): readonly WatchedFigure[];


// src/facades/health/system-figures.d.ts
export interface SystemFigure {
    read(): Promise<number | undefined>;
    end(): void;
}
export declare function cpuFigure(): SystemFigure;
export declare function memoryFigure(): SystemFigure;
export declare function diskFigure(path: string): SystemFigure;
export declare function eventLoopFigure(): SystemFigure;






// src/events/events.d.ts
import { type MeterProvider } from "@opentelemetry/api";
import type { EventLog } from "./log.ts";
import type { FieldError } from "./schema.ts";
import { type EventToRecord, type TelemetryEvent } from "./event.ts";
export interface EventsOptions {
    readonly meterProvider?: MeterProvider | undefined;
    readonly maxEvents?: number | undefined;
    readonly log?: EventLog | undefined;
}
export type Recorded = {
    readonly event: TelemetryEvent;
    readonly refusal?: undefined;
    readonly errors?: undefined;
} | {
    readonly event?: undefined;
    readonly refusal: "invalid" | "loop";
    readonly errors: readonly FieldError[];
};
export type EventCallback = (event: TelemetryEvent) => unknown;
export declare class EventsError extends Error {
    readonly name = "EventsError";
    readonly code = "TACHYMETER_EVENTS";
}
export declare class Events {
    #private;
    constructor({ meterProvider, maxEvents, log }?: EventsOptions);
    record(event: EventToRecord): TelemetryEvent | undefined;
    on(type: string, callback: EventCallback): () => void;
    recent(): readonly TelemetryEvent[];
}

// src/events/log.d.ts
import type { TelemetryEvent } from "./event.ts";
export interface EventLogOptions {
    readonly file: string;
    readonly maxBytes?: number | undefined;
    readonly maxAge?: number | undefined;
    readonly maxFiles?: number | undefined;
    readonly fsync?: "batch" | "second" | "never" | undefined;
}
export declare class EventLog {
    #private;
    constructor(options: EventLogOptions);
    write(event: TelemetryEvent): boolean;
    flush(): Promise<void>;
    close(): Promise<void>;
}

// src/events/event.d.ts
import { type FieldError } from "./schema.ts";
import { type Labels } from "./labels.ts";
export interface TelemetryEvent {
    readonly event_id: string;
    readonly event_type: string;
    readonly source: string;
    readonly timestamp: string;
    readonly data: unknown;
    readonly labels: Labels;
    readonly metadata: Record<string, unknown>;
    readonly trace_id?: string;
    readonly span_id?: string;
}
export type EventToRecord = {
    readonly [Key in keyof TelemetryEvent]?: TelemetryEvent[Key] | undefined;
} & {
    readonly event_type: string;
    readonly source: string;
};
export type CompletedEvent = {
    readonly event: TelemetryEvent;
    readonly errors?: undefined;
} | {
    readonly event?: undefined;
    readonly errors: readonly FieldError[];
};
export declare function completeEvent(given: unknown, onBadLabel: (key: string) => void): CompletedEvent;

// src/events/schema.d.ts
export interface FieldError {
    readonly field: string;
    readonly message: string;
}
export declare function eventErrors(given: unknown, nowMillis: number): readonly FieldError[];





// src/events/log-error.d.ts
export declare class EventLogError extends Error {
    readonly name = "EventLogError";
    readonly code = "TACHYMETER_EVENT_LOG";
}


// src/facades/commands/index.d.ts
import type { Events } from "../../events/events.ts";
import type { FailurePattern } from "./history.ts";
import { type SystemMetrics } from "./system-metrics.ts";
import { type FacadeOptions } from "../../recording/facade-meter.ts";
export interface CommandsOptions extends FacadeOptions {
    readonly maxCommands?: number | undefined;
    readonly events?: Pick<Events, "record"> | undefined;
}
export interface CommandStats {
    readonly startTime: number;
    readonly uptimeSeconds: number;
    readonly commandsExecuted: number;
    readonly successfulCommands: number;
    readonly failedCommands: number;
    readonly totalExecutionTime: number;
    readonly successRate: string;
    readonly averageExecutionTime: string;
    readonly systemMetrics: SystemMetrics;
}
export declare class Commands {
    #private;
    constructor(options?: CommandsOptions);
    recordExecution(success: boolean, seconds: number, command?: string): void;
    run<T>(command: string, fn: () => T): T;
    getStats(): Promise<CommandStats>;
    getSystemMetrics(): Promise<SystemMetrics>;
    failurePatterns(options?: {
        readonly baselineRate?: number | undefined;
    }): readonly FailurePattern[];
}


// src/facades/commands/history.d.ts
import type { CommandFailure } from "./failure.ts";
import { type Share } from "./two-proportions.ts";
export interface FailurePattern {
    readonly command: string | undefined;
    readonly errorType: string;
    readonly failures: number;
    readonly executions: number;
    readonly rate: number;
    readonly baselineRate: number;
    readonly pValue: number;
    readonly first: number;
    readonly last: number;
    readonly example: string;
}
export declare class CommandHistory {
    #private;
    note(failure: CommandFailure | undefined): void;
    get failures(): Share;
    patterns(command: string | undefined, expected: Share): readonly FailurePattern[];
}

// src/facades/commands/failure.d.ts
export interface CommandFailure {
    readonly errorType: string;
    readonly example: string;
}
export declare function failureFrom(error: unknown): CommandFailure;

// src/facades/commands/two-proportions.d.ts
export interface Share {
    readonly count: number;
    readonly total: number;
}
export declare function pValueOfDifference(one: Share, other: Share): number;

// src/facades/commands/system-metrics.d.ts
export interface SystemMetrics {
    readonly cpuPercent?: number;
    readonly memoryPercent?: number;
    readonly diskUsage?: number;
    readonly networkIo: NetworkIo;
}
export type NetworkIo = Readonly<Partial<Record<"bytesSent" | "bytesRecv" | "packetsSent" | "packetsRecv" | "errin" | "errout" | "dropin" | "dropout", number>>>;
export declare function readSystemMetrics(): Promise<SystemMetrics>;




// src/facades/kernels/index.d.ts
import { type FacadeOptions } from "../../recording/facade-meter.ts";
import type { KernelQueue, KernelTelemetry } from "./record.ts";
import { type KernelRuntime } from "./runtime.ts";
export interface KernelsOptions extends FacadeOptions {
    readonly enabled?: boolean;
}
export interface KernelsSummary {
    readonly kernelCount: number;
    readonly totalMessages: number;
    readonly totalErrors: number;
    readonly aggregateThroughput: number;
    readonly perKernel: Readonly<Record<string, KernelTelemetry>>;
}
export declare class Kernels {
    #private;
    constructor(options?: KernelsOptions);
    launch(id: string): void;
    activate(id: string): void;
    deactivate(id: string): void;
    terminate(id: string): void;
    recordReceive(id: string): void;
    recordSend(id: string): void;
    recordProcessed(id: string, seconds?: number): void;
    queueSize(id: string, queue: KernelQueue, size: number | (() => number)): () => void;
    recordError(id: string, error: unknown): void;
    getTelemetry(id: string): KernelTelemetry | undefined;
    getAllTelemetry(): Map<string, KernelTelemetry>;
    getSummary(): KernelsSummary;
    reset(id?: string): void;
    monitor(callback: (summary: KernelsSummary) => unknown, interval?: number): () => void;
    instrument(runtime: KernelRuntime): () => void;
}


// src/facades/kernels/record.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { KernelResources, ResourceReader } from "./resources.ts";
import { type KernelLatency } from "./latency-sketch.ts";
export type KernelState = "unknown" | "launched" | "active" | "inactive" | "terminated";
export interface KernelTelemetry {
    readonly kernelId: string;
    readonly state: KernelState;
    readonly messagesReceived: number;
    readonly messagesSent: number;
    readonly messagesProcessed: number;
    readonly errors: number;
    readonly startTime?: number;
    readonly lastMessageTime?: number;
    readonly throughput: number;
    readonly uptime: number;
    readonly errorRate: number;
    readonly latency?: KernelLatency;
    readonly inputQueueSize?: number;
    readonly outputQueueSize?: number;
    readonly resources?: KernelResources;
}
export type KernelQueue = "input" | "output";
export type QueueSize = () => number | undefined;
export interface ErrorTotal {
    readonly attributes: Attributes;
    count: number;
}
export declare class KernelRecord {
    #private;
    readonly id: string;
    readonly attributes: Attributes;
    readonly errorTotals: Map<string, ErrorTotal>;
    readonly queues: Map<KernelQueue, QueueSize>;
    state: KernelState;
    forgotten: boolean;
    received: number;
    sent: number;
    processed: number;
    errors: number;
    constructor(id: string);
    launch(): void;
    revive(): void;
    switchTo(state: "active" | "inactive"): void;
    terminate(): void;
    watch(read: ResourceReader | undefined): void;
    get cpuSeconds(): number | undefined;
    receive(): void;
    send(): void;
    process(): boolean;
    recordLatency(seconds: number): void;
    fail(errorType: string, settles: boolean): void;
    reset(): void;
    absorb(other: KernelRecord): void;
    isTerminatedSince(millis: number, nowMillis: number): boolean;
    telemetry(nowMillis: number): KernelTelemetry;
    figures(nowMillis: number): Omit<KernelTelemetry, "latency">;
}

// src/facades/kernels/resources.d.ts
export interface KernelResources {
    readonly utilization: number;
    readonly cpuSeconds?: number;
    readonly heapUsedBytes?: number;
    readonly heapTotalBytes?: number;
}
export type ResourceReader = () => KernelResources | "ended" | undefined;
export declare function resourceReader(target: unknown): ResourceReader | undefined;

// src/facades/kernels/latency-sketch.d.ts
export interface KernelLatency {
    readonly count: number;
    readonly mean: number;
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
}
export declare class LatencySketch {
    #private;
    record(seconds: number): void;
    absorb(other: LatencySketch): void;
    latency(): KernelLatency;
}

// src/facades/kernels/runtime.d.ts
type Method = (...args: never[]) => unknown;
export interface KernelRuntime {
    readonly launch?: Method;
    readonly activate?: Method;
    readonly deactivate?: Method;
    readonly send?: Method;
    readonly receive?: Method;
    readonly terminate?: Method;
}
export interface KernelCalls {
    succeeded(method: keyof KernelRuntime, id: string, result: unknown): void;
    failed(id: string, error: unknown): void;
}
export declare class KernelRuntimeError extends TypeError {
    readonly name = "KernelRuntimeError";
    readonly code = "TACHYMETER_KERNEL_RUNTIME";
}
export declare function wrapRuntime(runtime: KernelRuntime, calls: KernelCalls): () => void;
export declare function addMethods(runtime: KernelRuntime, methods: Readonly<Record<string, (id: string) => unknown>>): () => void;
export {};





// src/facades/kernels/monitor.d.ts
export declare class KernelMonitorError extends TypeError {
    readonly name = "KernelMonitorError";
    readonly code = "TACHYMETER_KERNEL_MONITOR";
}
export declare function monitorKernels<Summary>(summarize: () => Summary, callback: (summary: Summary) => unknown, interval: number): () => void;

// src/facades/application/index.d.ts
import { type FacadeOptions } from "../../recording/facade-meter.ts";
import type { PerformanceMetric } from "../performance-metric.ts";
import type { Labels } from "../../translation/snapshot-document.ts";
import { type Timer } from "./timer.ts";
import type { TrackedBlock } from "./tracked-block.ts";
import { type TrackedScope } from "./tracked-scope.ts";
export type ApplicationOptions = FacadeOptions;
export declare class Application {
    #private;
    constructor(options?: ApplicationOptions);
    timer(name?: string, tags?: Labels): Timer;
    track<T>(name: string, tags: Labels | undefined, fn: (block: TrackedBlock) => T): T;
    track(name: string, tags?: Labels): TrackedScope;
    trackAllocations<T>(name: string, fn: () => T): T;
    recordCustomMetric(metric: PerformanceMetric): void;
    getCallCounts(): Record<string, number>;
    getCollectedMetrics(): PerformanceMetric[];
    getLeftOutCounts(): Record<string, number>;
}
export declare function getApplicationCollector(): Application;


// src/facades/performance-metric.d.ts
import type { Labels } from "../events/labels.ts";
export interface PerformanceMetric {
    readonly name: string;
    readonly value: number;
    readonly unit: string;
    readonly timestamp: number;
    readonly tags: Labels;
    readonly context?: Readonly<Record<string, unknown>>;
    readonly source: "system" | "application" | "network" | "custom";
}
export declare function contextFromGiven(given: unknown): Readonly<Record<string, unknown>> | undefined;



// src/facades/application/timer.d.ts
import type { CallRecorder } from "./call-recorder.ts";
export type AnyFunction = (...args: never[]) => unknown;
export interface Timer {
    <Fn extends AnyFunction>(method: Fn, context: ClassMethodDecoratorContext | ClassGetterDecoratorContext | ClassSetterDecoratorContext): Fn;
    <Fn extends AnyFunction>(field: undefined, context: ClassFieldDecoratorContext<unknown, Fn>): (initial: Fn) => Fn;
    <Value>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<Value>): TypedPropertyDescriptor<Value>;
    <Fn extends AnyFunction>(fn: Fn): Fn;
}
export declare class TimerTargetError extends TypeError {
    readonly name = "TimerTargetError";
    readonly code = "TACHYMETER_TIMER_TARGET";
}
export declare function timerFor(recorderOf: (ownName: string) => CallRecorder): Timer;
export declare function nameForgotten(): TimerTargetError;

// src/facades/application/call-recorder.d.ts
import type { CallCounts } from "./call-counts.ts";
import type { Drops } from "../../recording/drops.ts";
import type { GuardedHistogram } from "../../recording/guarded-instruments.ts";
import type { MetricBuffer } from "../metric-buffer.ts";
import type { CallFailure } from "../../recording/timed-call.ts";
import type { TrackedBlock } from "./tracked-block.ts";
export declare const CALL_DURATION = "application.call.duration";
export interface CallRecords {
    readonly durations: GuardedHistogram;
    readonly buffer: MetricBuffer;
    readonly counts: CallCounts;
    readonly drops: Drops;
}
export declare class CallRecorder {
    #private;
    readonly name: string;
    constructor(name: string, tags: unknown, records: CallRecords);
    bind(): this;
    begin(): number;
    end(startedMillis: number, failure?: CallFailure, block?: TrackedBlock): void;
    record(seconds: number, failure: CallFailure | undefined, block?: TrackedBlock, nowMillis?: number): void;
}

// src/facades/application/call-counts.d.ts
export interface CallCount {
    calls: number;
}
export declare class CallCounts {
    #private;
    of(name: string): CallCount;
    toRecord(): Record<string, number>;
}



// src/facades/metric-buffer.d.ts
import type { PerformanceMetric } from "./performance-metric.ts";
export interface CollectedMetricsOptions {
    readonly maxMetricsPerSecond?: number | undefined;
}
export interface MetricBufferOptions extends CollectedMetricsOptions {
    readonly capacity?: number;
    readonly nowMillis?: () => number;
    readonly random?: () => number;
}
export declare class MetricBuffer {
    #private;
    constructor(options?: MetricBufferOptions);
    get size(): number;
    push(metric: PerformanceMetric): void;
    offer(name: string, nowMillis: number, make: () => PerformanceMetric): void;
    drain(): PerformanceMetric[];
    leftOut(): Record<string, number>;
}


// src/recording/timed-call.d.ts
export interface CallFailure {
    readonly error: unknown;
}
export type CallEnded = (seconds: number, failure: CallFailure | undefined) => void;
export type End = (failure?: CallFailure) => void;
export declare function timedCall<T>(call: () => T, ended: CallEnded): T;
export declare function whenSettled(result: unknown, end: End): unknown;

// src/facades/application/tracked-block.d.ts
export interface TrackedBlock {
    metadata: Record<string, unknown>;
}


// src/facades/application/tracked-scope.d.ts
import type { CallRecorder } from "./call-recorder.ts";
import type { TrackedBlock } from "./tracked-block.ts";
export interface TrackedScope extends TrackedBlock, Disposable {
    fail(error: unknown): void;
}
export declare function trackedScope(calls: CallRecorder): TrackedScope;






// src/facades/custom/index.d.ts
import { type FacadeOptions } from "../../recording/facade-meter.ts";
import { type CollectedMetricsOptions } from "../metric-buffer.ts";
import type { PerformanceMetric } from "../performance-metric.ts";
import type { Labels } from "../../translation/snapshot-document.ts";
export interface CustomOptions extends FacadeOptions, CollectedMetricsOptions {
}
export declare class Custom {
    #private;
    constructor(options?: CustomOptions);
    incrementCounter(name: string, value?: number, tags?: Labels): PerformanceMetric | undefined;
    setGauge(name: string, value: number, tags?: Labels): PerformanceMetric | undefined;
    recordHistogramValue(name: string, value: number, tags?: Labels): PerformanceMetric | undefined;
    recordBusinessMetric(name: string, value: number, unit?: string, tags?: Labels, context?: Record<string, unknown>): PerformanceMetric | undefined;
    getCounterValues(): Record<string, number>;
    getGaugeValues(): Record<string, number>;
    resetCounters(): void;
    getCollectedMetrics(): PerformanceMetric[];
    getLeftOutCounts(): Record<string, number>;
}
export declare function getCustomCollector(): Custom;





// src/facades/system/index.d.ts
import type { FacadeOptions } from "../../recording/facade-meter.ts";
import { type CollectedMetricsOptions } from "../metric-buffer.ts";
import type { PerformanceMetric } from "../performance-metric.ts";
export interface SystemOptions extends FacadeOptions, CollectedMetricsOptions {
    readonly collectionInterval?: number | undefined;
}
export declare class System {
    #private;
    constructor(options?: SystemOptions);
    collectCpuMetrics(): Promise<PerformanceMetric[]>;
    collectMemoryMetrics(): Promise<PerformanceMetric[]>;
    collectDiskMetrics(): Promise<PerformanceMetric[]>;
    collectNetworkMetrics(): Promise<PerformanceMetric[]>;
    collectAllSystemMetrics(): Promise<PerformanceMetric[]>;
    startContinuousCollection(): void;
    stopContinuousCollection(): Promise<void>;
    getCollectedMetrics(): PerformanceMetric[];
    getLeftOutCounts(): Record<string, number>;
}
export declare function getSystemCollector(interval?: number): System;




// src/facades/network/index.d.ts
import { type FacadeOptions } from "../../recording/facade-meter.ts";
import { type CollectedMetricsOptions } from "../metric-buffer.ts";
import { type NetworkWatch } from "./watch.ts";
import type { PerformanceMetric } from "../performance-metric.ts";
import type { PoolFigures } from "./pool-figures.ts";
export interface NetworkOptions extends FacadeOptions, CollectedMetricsOptions {
}
export interface NetworkWatchOptions {
    readonly interval?: number | undefined;
    readonly timeout?: number | undefined;
}
export declare class Network {
    #private;
    constructor(options?: NetworkOptions);
    measureTcpLatency(host: string, port: number, timeout?: number): Promise<PerformanceMetric | undefined>;
    measureHttpRequest(url: string | URL, timeout?: number): Promise<PerformanceMetric | undefined>;
    measureThroughput(bytes: number, seconds: number, operation: string): PerformanceMetric;
    watchTcp(host: string, port: number, options?: NetworkWatchOptions): NetworkWatch;
    watchHttp(url: string | URL, options?: NetworkWatchOptions): NetworkWatch;
    watchPool(name: string, pool: () => PoolFigures): () => void;
    getSuccessRates(): Record<string, number>;
    getCollectedMetrics(): PerformanceMetric[];
    getLeftOutCounts(): Record<string, number>;
}
export declare function getNetworkCollector(): Network;



// src/facades/network/watch.d.ts
export interface NetworkWatch {
    (): void;
    readonly check: () => Promise<boolean>;
}
export declare function watch(intervalSeconds: number, probe: () => Promise<boolean>): NetworkWatch;


// src/facades/network/pool-figures.d.ts
export interface PoolFigures {
    readonly size: number;
    readonly idle: number;
    readonly waiting: number;
}
export declare function pgPool(pool: {
    readonly totalCount: number;
    readonly idleCount: number;
    readonly waitingCount: number;
}): () => PoolFigures;
export declare function mysqlPool(pool: object): () => PoolFigures;
export declare function undiciPool(pool: {
    readonly stats: {
        readonly connected: number | boolean;
        readonly free?: number;
        readonly queued?: number;
        readonly running: number;
        readonly pending: number;
    };
}): () => PoolFigures;
export declare function httpAgent(agent: {
    readonly sockets: NodeJS.ReadOnlyDict<readonly unknown[]>;
    readonly freeSockets: NodeJS.ReadOnlyDict<readonly unknown[]>;
    readonly requests: NodeJS.ReadOnlyDict<readonly unknown[]>;
}): () => PoolFigures;




// src/recording/facade-options-error.d.ts
export declare class FacadeOptionsError extends Error {
    readonly name = "FacadeOptionsError";
    readonly code = "TACHYMETER_FACADE_OPTIONS";
}

// src/collector/index.d.ts
import type { EventLog } from "../events/log.ts";
import { type EventCallback } from "../events/events.ts";
import type { FacadeOptions } from "../recording/facade-meter.ts";
import type { MetricsSource } from "./metrics-exporter.ts";
import type { NamedCounter, NamedGauge, NamedHistogram } from "./named-metrics.ts";
import type { Labels, Snapshot } from "../translation/snapshot-document.ts";
export interface CollectorOptions extends FacadeOptions {
    readonly collectionInterval?: number | undefined;
    readonly maxEvents?: number | undefined;
    readonly eventLog?: EventLog | undefined;
}
export interface NamedHistogramOptions {
    readonly buckets?: readonly number[] | undefined;
    readonly labels?: readonly string[] | undefined;
    readonly unit?: string | undefined;
}
export declare class TelemetryCollector implements MetricsSource {
    #private;
    constructor(options?: CollectorOptions);
    registerCounter(name: string, description?: string, labels?: readonly string[]): NamedCounter;
    registerGauge(name: string, description?: string, labels?: readonly string[]): NamedGauge;
    registerHistogram(name: string, description?: string, options?: NamedHistogramOptions): NamedHistogram;
    getMetric(name: string): NamedCounter | NamedGauge | NamedHistogram | undefined;
    recordEvent(name: string, value?: unknown, labels?: Labels, metadata?: Record<string, unknown>): void;
    addHook(type: string, callback: EventCallback): () => void;
    startCollection(): Promise<void>;
    stopCollection(): Promise<void>;
    get running(): boolean;
    getSnapshot(): Promise<Snapshot>;
}





// src/collector/named-metrics.d.ts
import type { MetricDescription } from "./metrics-exporter.ts";
import type { Labels } from "../translation/snapshot-document.ts";
export interface NamedMetricSpec {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
    readonly labels: readonly string[] | undefined;
}
export interface CounterTarget {
    add(value: number, labels: unknown): void;
}
export interface GaugeTarget {
    record(value: number, labels: unknown): void;
    adjust(difference: number, labels: unknown): void;
}
export interface HistogramTarget {
    record(value: number, labels: unknown): void;
}
declare class NamedMetric implements NamedMetricSpec {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
    readonly labels: readonly string[] | undefined;
    constructor(spec: NamedMetricSpec);
}
export declare class NamedCounter extends NamedMetric implements MetricDescription {
    #private;
    readonly kind = "counter";
    increment(n?: number, labels?: Labels): void;
}
export declare class NamedGauge extends NamedMetric implements MetricDescription {
    #private;
    readonly kind = "gauge";
    set(value: number, labels?: Labels): void;
    startTimer(labels?: Labels): (more?: Labels) => number;
    increment(n?: number, labels?: Labels): void;
    decrement(n?: number, labels?: Labels): void;
}
export declare class NamedHistogram extends NamedMetric implements MetricDescription {
    #private;
    readonly kind = "histogram";
    readonly buckets: readonly number[];
    startTimer(labels?: Labels): (more?: Labels) => number;
    observe(value: number, labels?: Labels): void;
}
export {};




// src/collector/hooks.d.ts
import type { TelemetryCollector } from "./index.ts";
import { Coordination } from "../facades/coordination/index.ts";
import { Health } from "../facades/health/index.ts";
import { Messaging } from "../facades/messaging/index.ts";
export declare function setupCoordinationHooks(collector: TelemetryCollector): Coordination;
export declare function setupMessagingHooks(collector: TelemetryCollector): Messaging;
export declare function setupHealthHooks(collector: TelemetryCollector): Health;






// src/collector/metric-registration.d.ts
import type { NamedMetricSpec } from "./named-metrics.ts";
export declare class MetricRegistrationError extends Error {
    readonly name = "MetricRegistrationError";
    readonly code = "TACHYMETER_METRIC_REGISTRATION";
}
export interface MetricIdentity {
    readonly kind: "counter" | "gauge" | "histogram";
    readonly name: string;
    readonly labels: readonly string[] | undefined;
    readonly buckets?: readonly number[] | undefined;
}
export interface MetricRegistration extends MetricIdentity, NamedMetricSpec {
    readonly name: string;
    readonly labels: readonly string[] | undefined;
}
export declare const DEFAULT_BOUNDARIES: readonly number[];
export declare function checkedRegistration(kind: MetricIdentity["kind"], name: unknown, description: unknown, labels: unknown, { buckets, unit }?: {
    readonly buckets?: unknown;
    readonly unit?: unknown;
}): MetricRegistration;
export declare function checkedHistogramOptions(name: unknown, options: unknown): {
    readonly labels?: unknown;
    readonly buckets?: unknown;
    readonly unit?: unknown;
};
export declare function isSameMetric(first: MetricIdentity, second: MetricIdentity): boolean;
export declare function described({ kind, labels, buckets }: MetricIdentity): string;
export declare function isMetricName(name: unknown): name is string;
export declare function boundariesFor(name: unknown): readonly number[];


// src/collector/multi-exporter.d.ts
import { MetricsExporter, type MetricsSource } from "./metrics-exporter.ts";
export interface MultiExporterOptions {
    readonly timeout?: number | undefined;
}
export declare class MultiExportError extends AggregateError {
    readonly name = "MultiExportError";
    readonly code = "TACHYMETER_MULTI_EXPORT";
}
export declare class MultiExporter extends MetricsExporter {
    #private;
    constructor(exporters: readonly MetricsExporter[], options?: MultiExporterOptions);
    exportMetrics(source: MetricsSource): Promise<void>;
}


// src/collector/periodic-exporter.d.ts
import type { MetricsExporter, MetricsSource } from "./metrics-exporter.ts";
export interface PeriodicExporterOptions {
    readonly retries?: number | undefined;
}
export declare class PeriodicExporter {
    #private;
    constructor(exporter: MetricsExporter, collector: MetricsSource, interval?: number, options?: PeriodicExporterOptions);
    start(): Promise<void>;
    stop(): Promise<void>;
}


// src/collector/exporter-options.d.ts
import type { MetricsExporter } from "./metrics-exporter.ts";
export declare class ExporterOptionsError extends Error {
    readonly name = "ExporterOptionsError";
    readonly code = "TACHYMETER_EXPORTER_OPTIONS";
}
export declare function isExporter(given: unknown): given is MetricsExporter;
export declare function checkedSeconds(exporter: string, option: string, given: unknown): number;

