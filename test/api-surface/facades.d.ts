export OptionsError as ExporterOptionsError from "tachymeter"
export OptionsError as FacadeOptionsError from "tachymeter"
export type AnyFunction = (...args: never[]) => unknown;
export class Application extends MetricCollector { constructor(options?: ApplicationOptions);
  timer(name?: string, tags?: Labels): Timer;
  track<T>(name: string, tags: Labels | undefined, fn: (block: TrackedBlock) => T): T;
  track(name: string, tags?: Labels): TrackedScope; trackAllocations<T>(name: string, fn: () => T): T;
  recordCustomMetric(metric: PerformanceMetric): void; getCallCounts(): Record<string, number>; }
export type ApplicationOptions = FacadeOptions;
export class BoundDestination { sent(count?: number): void; received(count?: number): void;
  processed(seconds: number, error?: unknown): void; process<T>(handler: () => T): T;
  queueSize(size: number | (() => number)): () => void; }
export interface CollectorOptions extends FacadeOptions { readonly collectionInterval?: number | undefined;
  readonly maxEvents?: number | undefined; readonly eventLog?: EventLog | undefined; }
export interface CommandStats { readonly startTime: number; readonly uptimeSeconds: number;
  readonly commandsExecuted: number; readonly successfulCommands: number; readonly failedCommands: number;
  readonly totalExecutionTime: number; readonly successRate: string; readonly averageExecutionTime: string;
  readonly systemMetrics: SystemMetrics; }
export class Commands { constructor(options?: CommandsOptions);
  recordExecution(success: boolean, seconds: number, command?: string): void; run<T>(command: string, fn: () => T): T;
  getStats(): Promise<CommandStats>; getSystemMetrics(): Promise<SystemMetrics>;
  failurePatterns(options?: { readonly baselineRate?: number | undefined; }): readonly FailurePattern[]; }
export interface CommandsOptions extends FacadeOptions { readonly maxCommands?: number | undefined;
  readonly events?: Pick<Events, "record"> | undefined; }
export interface ComponentHealth { readonly status: HealthStatus; readonly reason?: string; readonly critical: boolean;
  readonly checkedAt?: number; readonly durationSeconds?: number; }
export class Coordination { constructor(options?: CoordinationOptions);
  message(type?: string, options?: CoordinationMessageOptions): void; startMessage(type?: string): () => number;
  join(node: string, options?: { readonly lasting?: boolean | undefined; }): void; heartbeat(node: string): void;
  leave(node: string, options?: { readonly lost?: boolean | undefined; }): void; get activeNodes(): number;
  leaderChanged(leader: string): void; get leader(): string | undefined;
  lockAcquired(name: string, waitedSeconds: number): void; lockReleased(name: string, heldSeconds: number): void; }
export interface CoordinationMessageOptions { readonly latency?: number | undefined;
  readonly attributes?: Attributes | undefined; }
export interface CoordinationOptions extends FacadeOptions { readonly nodeTimeout?: number | undefined; }
export class Custom extends MetricCollector { constructor(options?: CustomOptions);
  incrementCounter(name: string, value?: number, tags?: Labels): PerformanceMetric | undefined;
  setGauge(name: string, value: number, tags?: Labels): PerformanceMetric | undefined;
  recordHistogramValue(name: string, value: number, tags?: Labels): PerformanceMetric | undefined;
  recordBusinessMetric(name: string, value: number, unit?: string, tags?: Labels, context?: Record<string, unknown>):
    PerformanceMetric | undefined;
  getCounterValues(): Record<string, number>; getGaugeValues(): Record<string, number>; resetCounters(): void; }
export interface CustomOptions extends FacadeOptions, CollectedMetricsOptions { }
export interface DestinationOptions { readonly system?: string | undefined;
  readonly attributes?: Attributes | undefined; }
export type EventCallback = (event: TelemetryEvent) => unknown;
export class EventLog { constructor(options: EventLogOptions); write(event: TelemetryEvent): boolean;
  flush(): Promise<void>; close(): Promise<void>; }
export class EventLogError extends Error { readonly name = "EventLogError"; readonly code = "TACHYMETER_EVENT_LOG"; }
export interface EventLogOptions extends LogFileOptions { readonly file: string; }
export type EventToRecord = { readonly [Key in keyof TelemetryEvent]?: TelemetryEvent[Key] | undefined; } & {
  readonly event_type: string; readonly source: string; };
export class Events { constructor({ meterProvider, maxEvents, log }?: EventsOptions);
  record(event: EventToRecord): TelemetryEvent | undefined; on(type: string, callback: EventCallback): () => void;
  recent(): readonly TelemetryEvent[]; }
export class EventsError extends Error { readonly name = "EventsError"; readonly code = "TACHYMETER_EVENTS"; }
export interface EventsOptions { readonly meterProvider?: MeterProvider | undefined;
  readonly maxEvents?: number | undefined; readonly log?: EventLog | undefined; }
export interface FailurePattern { readonly command: string | undefined; readonly errorType: string;
  readonly failures: number; readonly executions: number; readonly rate: number; readonly baselineRate: number;
  readonly pValue: number; readonly first: number; readonly last: number; readonly example: string; }
export class GenAi { constructor(options?: GenAiOptions); operation(request: GenAiRequest): GenAiOperation;
  served(request: GenAiRequest): GenAiOperation; tool<T>(name: string, execute: () => T): T;
  agent<T>(name: string, invoke: () => T): T; }
export class GenAiOperation { firstChunk(): void; chunk(): void; ended(usage?: GenAiUsage): void;
  failed(error: unknown): void; }
export interface GenAiOptions extends FacadeOptions { readonly maxNames?: number | undefined;
  readonly prices?: Readonly<Record<string, ModelPrice>> | string | undefined; }
export interface GenAiRequest { readonly provider: string; readonly operation?: string | undefined;
  readonly requestModel?: string | undefined; readonly serverAddress?: string | undefined;
  readonly serverPort?: number | undefined; readonly isRetry?: boolean | undefined; }
export interface GenAiUsage { readonly responseModel?: string | undefined; readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined; readonly cachedTokens?: number | undefined;
  readonly cacheWriteTokens?: number | undefined; readonly reasoningTokens?: number | undefined;
  readonly audioTokens?: { readonly input?: number | undefined; readonly output?: number | undefined; } | undefined;
  readonly finishReason?: string | undefined; }
export class Health { constructor(options?: HealthOptions);
  register(component: string, check: (signal: AbortSignal) => unknown, options?: HealthCheckOptions): () => void;
  watchSystem(options?: SystemWatchOptions): () => void;
  set(component: string, status: HealthStatus | "up" | "down" | "ok" | "error" | "pass" | "warn" | "fail", reason?:
    string, options?: Pick<HealthCheckOptions, "critical">): void;
  remove(component: string): void; check(component?: string): Promise<HealthReport>; report(): HealthReport;
  get status(): HealthStatus; answer(path: string, options?: HealthAnswerOptions): HealthAnswer | undefined;
  handler(options?: HealthAnswerOptions): HealthRequestHandler;
  fetchHandler(options?: HealthAnswerOptions): HealthFetchHandler; }
export interface HealthAnswer { readonly status: 200 | 503; readonly headers: Readonly<Record<string, string>>;
  readonly body: string; }
export interface HealthAnswerOptions { readonly reasons?: boolean | undefined; readonly details?: boolean | undefined; }
export class HealthCheckError extends Error { readonly name = "HealthCheckError";
  readonly code = "TACHYMETER_HEALTH_CHECK"; }
export interface HealthCheckOptions { readonly interval?: number | undefined; readonly timeout?: number | undefined;
  readonly critical?: boolean | undefined; }
export type HealthFetchHandler = (request: Request) => Promise<Response>;
export interface HealthOptions extends FacadeOptions { }
export interface HealthReport { readonly status: HealthStatus; readonly timestamp: number;
  readonly components: Readonly<Record<string, ComponentHealth>>; }
export type HealthRequestHandler = (request: IncomingMessage, response: ServerResponse, next?: () => void) => void;
export type HealthStatus = "unknown" | "healthy" | "degraded" | "unhealthy";
export interface KernelLatency { readonly count: number; readonly mean: number; readonly p50: number;
  readonly p95: number; readonly p99: number; }
export interface KernelLaunchOptions { readonly device?: string; }
export class KernelMonitorError extends TypeError { readonly name = "KernelMonitorError";
  readonly code = "TACHYMETER_KERNEL_MONITOR"; }
export type KernelQueue = "input" | "output";
export interface KernelResources { readonly utilization: number; readonly cpuSeconds?: number;
  readonly heapUsedBytes?: number; readonly heapTotalBytes?: number; }
export interface KernelRuntime { readonly launch?: Method; readonly activate?: Method; readonly deactivate?: Method;
  readonly send?: Method; readonly receive?: Method; readonly terminate?: Method; }
export class KernelRuntimeError extends TypeError { readonly name = "KernelRuntimeError";
  readonly code = "TACHYMETER_KERNEL_RUNTIME"; }
export type KernelState = "unknown" | "launched" | "active" | "inactive" | "terminated";
export interface KernelTelemetry { readonly kernelId: string; readonly state: KernelState;
  readonly messagesReceived: number; readonly messagesSent: number; readonly messagesProcessed: number;
  readonly errors: number; readonly startTime?: number; readonly lastMessageTime?: number; readonly throughput: number;
  readonly uptime: number; readonly errorRate: number; readonly latency?: KernelLatency;
  readonly inputQueueSize?: number; readonly outputQueueSize?: number; readonly resources?: KernelResources; }
export class Kernels { constructor(options?: KernelsOptions); launch(id: string, options?: KernelLaunchOptions): void;
  activate(id: string): void; deactivate(id: string): void; terminate(id: string): void;
  recordReceive(id: string): void; recordSend(id: string): void; recordProcessed(id: string, seconds?: number): void;
  queueSize(id: string, queue: KernelQueue, size: number | (() => number)): () => void;
  recordError(id: string, error: unknown): void; getTelemetry(id: string): KernelTelemetry | undefined;
  getAllTelemetry(): Map<string, KernelTelemetry>; getSummary(): KernelsSummary; reset(id?: string): void;
  monitor(callback: (summary: KernelsSummary) => unknown, interval?: number): () => void;
  instrument(runtime: KernelRuntime): () => void; }
export interface KernelsOptions extends FacadeOptions { readonly enabled?: boolean; }
export interface KernelsSummary { readonly kernelCount: number; readonly totalMessages: number;
  readonly totalErrors: number; readonly aggregateThroughput: number;
  readonly perKernel: Readonly<Record<string, KernelTelemetry>>; }
export type Labels = Record<string, string | number | boolean>;
export class Messaging { constructor(options?: MessagingOptions);
  sent(destination?: string, count?: number, attributes?: Attributes): void;
  received(destination?: string, count?: number, attributes?: Attributes): void;
  queueSize(destination: string | undefined, size: number | (() => number), attributes?: Attributes): () => void;
  processed(destination: string | undefined, seconds: number, error?: unknown, attributes?: Attributes): void;
  process<T>(destination: string | undefined, handler: () => T): T;
  destination(name: string, options?: DestinationOptions): BoundDestination; }
export interface MessagingOptions extends FacadeOptions { readonly system?: string | undefined;
  readonly maxDestinations?: number | undefined; }
export interface MetricDescription { readonly kind: "counter" | "gauge" | "histogram"; readonly description: string;
  readonly unit: string; }
export class MetricRegistrationError extends Error { readonly name = "MetricRegistrationError";
  readonly code = "TACHYMETER_METRIC_REGISTRATION"; }
export abstract class MetricsExporter { abstract exportMetrics(source: MetricsSource): Promise<void>; }
export interface MetricsSource { getSnapshot(): Promise<Snapshot>;
  getMetric?(name: string): MetricDescription | undefined; }
export interface ModelPrice { readonly input: number; readonly output: number;
  readonly cachedInput?: number | undefined; readonly cacheWrite?: number | undefined;
  readonly audioInput?: number | undefined; readonly audioOutput?: number | undefined;
  readonly currency?: string | undefined; }
export class MultiExportError extends AggregateError { readonly name = "MultiExportError";
  readonly code = "TACHYMETER_MULTI_EXPORT"; }
export class MultiExporter extends MetricsExporter {
  constructor(exporters: readonly MetricsExporter[], options?: MultiExporterOptions);
  exportMetrics(source: MetricsSource): Promise<void>; }
export interface MultiExporterOptions { readonly timeout?: number | undefined; }
export class NamedCounter extends NamedMetric implements MetricDescription { readonly kind = "counter";
  increment(n?: number, labels?: Labels): void; }
export class NamedGauge extends NamedMetric implements MetricDescription { readonly kind = "gauge";
  set(value: number, labels?: Labels): void; startTimer(labels?: Labels): (more?: Labels) => number;
  increment(n?: number, labels?: Labels): void; decrement(n?: number, labels?: Labels): void; }
export class NamedHistogram extends NamedMetric implements MetricDescription { readonly kind = "histogram";
  readonly buckets: readonly number[]; startTimer(labels?: Labels): (more?: Labels) => number;
  observe(value: number, labels?: Labels): void; }
export interface NamedHistogramOptions { readonly buckets?: readonly number[] | undefined;
  readonly labels?: readonly string[] | undefined; readonly unit?: string | undefined; }
export class Network extends MetricCollector { constructor(options?: NetworkOptions);
  measureTcpLatency(host: string, port: number, timeout?: number): Promise<PerformanceMetric | undefined>;
  measureHttpRequest(url: string | URL, timeout?: number): Promise<PerformanceMetric | undefined>;
  measureThroughput(bytes: number, seconds: number, operation: string): PerformanceMetric;
  watchTcp(host: string, port: number, options?: NetworkWatchOptions): NetworkWatch;
  watchHttp(url: string | URL, options?: NetworkWatchOptions): NetworkWatch;
  watchPool(name: string, pool: () => PoolFigures): () => void; getSuccessRates(): Record<string, number>; }
export type NetworkIo = Readonly<Partial<Record<"bytesSent" | "bytesRecv" | "packetsSent" | "packetsRecv" | "errin" |
    "errout" | "dropin" | "dropout", number>>>;
export interface NetworkOptions extends FacadeOptions, CollectedMetricsOptions { }
export interface NetworkWatch { (): void; readonly check: () => Promise<boolean>; }
export interface NetworkWatchOptions { readonly interval?: number | undefined; readonly timeout?: number | undefined; }
export interface PerformanceMetric { readonly name: string; readonly value: number; readonly unit: string;
  readonly timestamp: number; readonly tags: Labels; readonly context?: Readonly<Record<string, unknown>>;
  readonly source: "system" | "application" | "network" | "custom"; }
export class PeriodicExporter {
  constructor(exporter: MetricsExporter, collector: MetricsSource, interval?: number, options?:
    PeriodicExporterOptions);
  start(): Promise<void>; stop(): Promise<void>; }
export interface PeriodicExporterOptions { readonly retries?: number | undefined; }
export interface PoolFigures { readonly size: number; readonly idle: number; readonly waiting: number; }
export interface Snapshot { readonly timestamp: number; readonly metrics: Readonly<Record<string, SnapshotEntry>>;
  readonly events_count: number; readonly running: boolean; }
export interface SnapshotEntry { readonly value: number | string | SnapshotHistogram; readonly labels: Labels;
  readonly timestamp: number; }
export interface SnapshotHistogram { readonly count: number; readonly sum: number; readonly min: number | null;
  readonly max: number | null; readonly buckets: Readonly<Record<string, number>>; }
export class System extends MetricCollector { constructor(options?: SystemOptions);
  collectCpuMetrics(): Promise<PerformanceMetric[]>; collectMemoryMetrics(): Promise<PerformanceMetric[]>;
  collectDiskMetrics(): Promise<PerformanceMetric[]>; collectNetworkMetrics(): Promise<PerformanceMetric[]>;
  collectAllSystemMetrics(): Promise<PerformanceMetric[]>; startContinuousCollection(): void;
  stopContinuousCollection(): Promise<void>; }
export interface SystemMetrics { readonly cpuPercent?: number; readonly memoryPercent?: number;
  readonly diskUsage?: number; readonly networkIo: NetworkIo; }
export interface SystemOptions extends FacadeOptions, CollectedMetricsOptions {
  readonly collectionInterval?: number | undefined; }
export interface SystemThresholds { readonly degraded?: number | undefined; readonly unhealthy?: number | undefined; }
export interface SystemWatchOptions { readonly cpu?: boolean | number | SystemThresholds | undefined;
  readonly memory?: boolean | number | SystemThresholds | undefined;
  readonly disk?: boolean | number | (SystemThresholds & { readonly path?: string | undefined; }) | undefined;
  readonly eventLoop?: boolean | number | SystemThresholds | undefined; readonly interval?: number | undefined;
  readonly critical?: boolean | undefined; }
export class TelemetryCollector implements MetricsSource { constructor(options?: CollectorOptions);
  registerCounter(name: string, description?: string, labels?: readonly string[]): NamedCounter;
  registerGauge(name: string, description?: string, labels?: readonly string[]): NamedGauge;
  registerHistogram(name: string, description?: string, options?: NamedHistogramOptions): NamedHistogram;
  getMetric(name: string): NamedCounter | NamedGauge | NamedHistogram | undefined;
  recordEvent(name: string, value?: unknown, labels?: Labels, metadata?: Record<string, unknown>): void;
  addHook(type: string, callback: EventCallback): () => void; startCollection(): Promise<void>;
  stopCollection(): Promise<void>; get running(): boolean; getSnapshot(): Promise<Snapshot>; }
export interface TelemetryEvent { readonly event_id: string; readonly event_type: string; readonly source: string;
  readonly timestamp: string; readonly data: unknown; readonly labels: Labels;
  readonly metadata: Record<string, unknown>; readonly trace_id?: string; readonly span_id?: string; }
export interface Timer {
  <Fn extends AnyFunction>(method: Fn, context: ClassMethodDecoratorContext | ClassGetterDecoratorContext |
    ClassSetterDecoratorContext): Fn;
  <Fn extends AnyFunction>(field: undefined, context: ClassFieldDecoratorContext<unknown, Fn>): (initial: Fn) => Fn;
  <Value>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<Value>):
    TypedPropertyDescriptor<Value>;
  <Fn extends AnyFunction>(fn: Fn): Fn; }
export class TimerTargetError extends TypeError { readonly name = "TimerTargetError";
  readonly code = "TACHYMETER_TIMER_TARGET"; }
export interface TrackedBlock { metadata: Record<string, unknown>; }
export interface TrackedScope extends TrackedBlock, Disposable { fail(error: unknown): void; }
export function getApplicationCollector(): Application;
export function getCustomCollector(): Custom;
export function getNetworkCollector(): Network;
export function getSystemCollector(interval?: number): System;
export function httpAgent(agent: { readonly sockets: NodeJS.ReadOnlyDict<readonly unknown[]>;
  readonly freeSockets: NodeJS.ReadOnlyDict<readonly unknown[]>;
  readonly requests: NodeJS.ReadOnlyDict<readonly unknown[]>; }): () => PoolFigures;
export function mysqlPool(pool: object): () => PoolFigures;
export function pgPool(pool: { readonly totalCount: number; readonly idleCount: number; readonly waitingCount: number;
  }): () => PoolFigures;
export function setupCoordinationHooks(collector: TelemetryCollector): Coordination;
export function setupHealthHooks(collector: TelemetryCollector): Health;
export function setupMessagingHooks(collector: TelemetryCollector): Messaging;
export function undiciPool(pool: {
  readonly stats: { readonly connected: number | boolean; readonly free?: number; readonly queued?: number; readonly
    running: number; readonly pending: number; };
  }): () => PoolFigures;

// Not exported, but named above
export interface CollectedMetricsOptions { readonly maxMetricsPerSecond?: number | undefined; }
export interface FacadeOptions { readonly meterProvider?: MeterProvider | undefined; }
export interface LogFileOptions { readonly maxBytes?: number | undefined; readonly maxAge?: number | undefined;
  readonly maxFiles?: number | undefined; }
type Method = (...args: never[]) => unknown;
export class MetricCollector { getCollectedMetrics(): PerformanceMetric[]; getLeftOutCounts(): Record<string, number>; }
declare class NamedMetric implements NamedMetricSpec { readonly name: string; readonly description: string;
  readonly unit: string; readonly labels: readonly string[] | undefined; constructor(spec: NamedMetricSpec); }
export interface NamedMetricSpec { readonly name: string; readonly description: string; readonly unit: string;
  readonly labels: readonly string[] | undefined; }
