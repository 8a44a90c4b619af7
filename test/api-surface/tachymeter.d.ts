export OptionsError as ConfigurationError
export OptionsProblem as ConfigurationProblem
export class AlreadyStartedError extends Error { readonly name = "AlreadyStartedError";
  readonly code = "TACHYMETER_ALREADY_STARTED"; constructor(startedAt: string); }
export interface ExpressionOptions { readonly time?: Time | undefined; readonly signal?: AbortSignal | undefined; }
export interface ExpressionRangeOptions { readonly from: Time; readonly to?: Time | undefined; readonly step: number;
  readonly signal?: AbortSignal | undefined; }
export class ForeignMeterProviderError extends Error { readonly name = "ForeignMeterProviderError";
  readonly code = "TACHYMETER_FOREIGN_METER_PROVIDER"; constructor(); }
export interface Group { readonly id: string; readonly name: string; readonly role: "aggregator" | "member" | "alone";
  members(): readonly GroupMember[]; }
export interface GroupMember { readonly pid: number; readonly threadId: number; readonly worker?: number | undefined;
  readonly role: "aggregator" | "process" | "thread"; readonly state: "live" | "blocked" | "gone";
  readonly ageSeconds: number; }
export interface GroupOptions { readonly name?: string | undefined; readonly directory?: string | undefined;
  readonly interval?: number | undefined; readonly reporter?: "loop" | "thread" | undefined;
  readonly gauges?: "last" | "sum" | "min" | "max" | "mean" | "each" | undefined;
  readonly workerAttribute?: string | undefined; }
export interface LiveOptions { readonly resolution?: number | undefined; readonly maxBytes?: number | undefined; }
export interface Options { readonly serviceName?: string; readonly resource?: Attributes;
  readonly readers?: readonly Reader[]; readonly collectionInterval?: number; readonly exitTimeout?: number;
  readonly views?: readonly ViewOptions[]; readonly cardinalityLimit?: number; readonly seriesTimeToLive?: number;
  readonly exemplarFilter?: "trace_based" | "always_on" | "always_off";
  readonly instrumentations?: readonly Instrumentation[] | Readonly<Record<string, boolean | object>>;
  readonly host?: boolean; readonly runtime?: boolean; readonly hooks?: { readonly kernels?: boolean; };
  readonly facades?: { readonly events?: { readonly maxEvents?: number; }; readonly coordination?: { readonly
    nodeTimeout?: number; }; readonly messaging?: { readonly system?: string; readonly maxDestinations?: number; };
    readonly commands?: { readonly maxCommands?: number; }; readonly system?: { readonly collectionInterval?: number;
    readonly maxMetricsPerSecond?: number; }; readonly network?: { readonly maxMetricsPerSecond?: number; }; readonly
    custom?: { readonly maxMetricsPerSecond?: number; }; };
  readonly eventLog?: string | EventLogOptions; readonly history?: boolean | HistoryOptions; readonly api?: boolean;
  readonly live?: LiveOptions; readonly alerts?: boolean | AlertOptions; readonly anomalies?: boolean | AnomalyOptions;
  readonly group?: boolean | string | GroupOptions;
  readonly createMeterProvider?: (parts: { readonly resource: Resource; readonly views: ViewOptions[]; readonly readers:
    IMetricReader[]; }) => SdkMeterProvider;
  }
export class OptionsError extends Error { readonly name = "OptionsError"; readonly code = "TACHYMETER_CONFIGURATION";
  readonly subject: string; readonly problems: readonly OptionsProblem[];
  constructor(subject: string, problems: readonly OptionsProblem[], options?: ErrorOptions); }
export interface OptionsProblem { readonly name: string; readonly value: unknown; readonly must: string; }
export type Reader = "prometheus" | "otlp" | "json" | "console" | ReaderConfig | IMetricReader;
export type ReaderConfig = ({ readonly type: "prometheus"; readonly health?: boolean | "authenticated";
  } & PrometheusExporterOptions) | { readonly type: "otlp"; readonly protocol?: "http/protobuf" | "http/json" | "grpc";
  readonly url?: string; readonly headers?: Readonly<Record<string, string>>;
  readonly temporality?: "cumulative" | "delta" | "lowmemory"; readonly timeout?: number; readonly interval?: number;
  readonly metricFilter?: MetricFilter; readonly outbox?: OutboxOptions; } | { readonly type: "json";
  readonly file?: string; readonly url?: string; readonly format?: "document" | "ndjson"; readonly maxBytes?: number;
  readonly maxAge?: number; readonly maxFiles?: number; readonly compress?: boolean; readonly interval?: number;
  readonly metricFilter?: MetricFilter; } | { readonly type: "console"; readonly interval?: number;
  readonly metricFilter?: MetricFilter; };
export interface SdkMeterProvider extends ApiMeterProvider { forceFlush?(): Promise<void>; shutdown?(): Promise<void>; }
export class Tachymeter implements AsyncDisposable, Source { readonly ready: Promise<void>;
  readonly meterProvider: SdkMeterProvider; readonly resource: Resource; readonly collector: TelemetryCollector;
  readonly coordination: Coordination; readonly messaging: Messaging; readonly health: Health;
  readonly kernels: Kernels; readonly application: Application; readonly custom: Custom; readonly commands: Commands;
  readonly network: Network; readonly system: System; readonly events: Events; readonly group: Group;
  get history(): History | undefined; get alerts(): Alerts | undefined; get prometheusUrl(): string | undefined;
  get logLevel(): LogLevel; set logLevel(level: LogLevel);
  query(expression: string, options?: ExpressionOptions): Promise<QueryResult>;
  queryRange(expression: string, options: ExpressionRangeOptions): Promise<QueryResult>;
  select(selection: Selection): AsyncIterable<SampleSeries>; snapshot(): Promise<Snapshot>; forceFlush(): Promise<void>;
  shutdown(): Promise<void>; [Symbol.asyncDispose](): Promise<void>; }
export function running(): Tachymeter | undefined;
export function start(options?: Options): Tachymeter;

// Not exported, but named above
export const LOG_LEVELS: readonly ["none", "error", "warn", "info", "debug", "verbose", "all"];
export type LogLevel = (typeof LOG_LEVELS)[number];
