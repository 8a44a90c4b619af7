export OptionsError as ConfigurationError
export OptionsProblem as ConfigurationProblem
export interface AggregationOptions { readonly temporality?: "cumulative" | "delta" | "lowmemory";
  readonly histogramAggregation?: "explicit_bucket_histogram" | "base2_exponential_bucket_histogram";
  readonly maxExportBatchSize?: number; }
export class AlreadyStartedError extends Error { readonly name = "AlreadyStartedError";
  readonly code = "TACHYMETER_ALREADY_STARTED"; constructor(startedAt: string); }
export type CardinalityLimits = Readonly<Partial<Record<LimitName, number>>>;
export interface ExportOptions { readonly interval?: number; readonly exportTimeout?: number;
  readonly cardinalityLimits?: CardinalityLimits; readonly metricFilter?: MetricFilter; }
export interface ExpressionOptions { readonly time?: Time | undefined; readonly experimental?: boolean | undefined;
  readonly signal?: AbortSignal | undefined; readonly exact?: boolean | undefined; }
export interface ExpressionRangeOptions { readonly from: Time; readonly to?: Time | undefined; readonly step: number;
  readonly experimental?: boolean | undefined; readonly signal?: AbortSignal | undefined;
  readonly exact?: boolean | undefined; }
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
export interface LiveOptions { readonly resolution?: number | undefined; readonly maxBytes?: number | undefined;
  readonly experimental?: boolean | undefined; }
export interface McpOptions { readonly silences?: boolean | undefined; }
export interface Options { readonly serviceName?: string; readonly resource?: Attributes;
  readonly resourceSchemaUrl?: string; readonly resourceDetection?: false | ResourceDetection;
  readonly readers?: readonly Reader[]; readonly collectionInterval?: number; readonly exitTimeout?: number;
  readonly signals?: boolean; readonly loader?: boolean; readonly proxy?: string | false;
  readonly views?: readonly ViewOptions[]; readonly meterConfigurator?: MeterConfigurator;
  readonly cardinalityLimit?: number; readonly seriesTimeToLive?: number;
  readonly exemplarFilter?: "trace_based" | "always_on" | "always_off";
  readonly viewMatchingMode?: "independent" | "composable";
  readonly instrumentations?: readonly Instrumentation[] | Readonly<Record<string, boolean | object>>;
  readonly host?: boolean | { readonly gpu?: boolean; }; readonly runtime?: boolean;
  readonly hooks?: { readonly kernels?: boolean; };
  readonly facades?: { readonly events?: Pick<EventsOptions, "maxEvents">; readonly coordination?:
    Pick<CoordinationOptions, "nodeTimeout">; readonly messaging?: Pick<MessagingOptions, "system" | "maxDestinations">;
    readonly commands?: Pick<CommandsOptions, "maxCommands">; readonly system?: Pick<SystemOptions, "collectionInterval"
    | "maxMetricsPerSecond">; readonly network?: Pick<NetworkOptions, "maxMetricsPerSecond">; readonly custom?:
    Pick<CustomOptions, "maxMetricsPerSecond">; readonly genAi?: Pick<GenAiOptions, "maxNames" | "prices">; };
  readonly eventLog?: string | EventLogOptions; readonly history?: boolean | HistoryOptions; readonly api?: boolean;
  readonly page?: boolean | PageOptions; readonly mcp?: boolean | McpOptions;
  readonly profiles?: boolean | ProfileOptions; readonly live?: LiveOptions; readonly alerts?: boolean | AlertOptions;
  readonly anomalies?: boolean | AnomalyOptions; readonly group?: boolean | string | GroupOptions;
  readonly createMeterProvider?: (parts: { readonly resource: Resource; readonly views: ViewOptions[]; readonly readers:
    IMetricReader[]; }) => SdkMeterProvider;
  }
export class OptionsError extends Error { readonly name = "OptionsError"; readonly code = "TACHYMETER_CONFIGURATION";
  readonly subject: string; readonly problems: readonly OptionsProblem[];
  constructor(subject: string, problems: readonly OptionsProblem[], options?: ErrorOptions); }
export interface OptionsProblem { readonly name: string; readonly value: unknown; readonly must: string; }
export interface PageOptions { readonly traceUrl?: string | undefined; readonly peers?: readonly string[] | undefined; }
export type Reader = "prometheus" | "otlp" | "json" | "console" | ReaderConfig | IMetricReader;
export type ReaderConfig = ({ readonly type: "prometheus"; readonly health?: boolean | "authenticated";
  } & PrometheusExporterOptions) | ({ readonly type: "otlp"; readonly protocol?: "http/protobuf" | "http/json" | "grpc";
  readonly url?: string; readonly headers?: Readonly<Record<string, string>>; readonly compression?: "none" | "gzip";
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string; };
  readonly timeout?: number; readonly outbox?: OutboxOptions; readonly maxRequestBytes?: number;
  readonly maxResponseBytes?: number; } & ExportOptions & AggregationOptions) | ({ readonly type: "json";
  readonly file?: string; readonly url?: string; readonly format?: "document" | "ndjson"; readonly maxBytes?: number;
  readonly maxAge?: number; readonly maxFiles?: number; readonly compress?: boolean; } & ExportOptions) | ({
  readonly type: "pushgateway"; } & ExportOptions & PushgatewayOptions) | ({ readonly type: "remote-write";
  } & ExportOptions & RemoteWriteOptions) | ({ readonly type: "otlp-file"; readonly file?: string;
  } & ExportOptions & AggregationOptions) | ({ readonly type: "console"; } & ExportOptions & AggregationOptions);
export interface ReloadResult { readonly applied: readonly string[]; readonly needsRestart: readonly string[]; }
export interface ResourceDetection { readonly detectors?: readonly Detector[] | undefined;
  readonly included?: readonly string[] | undefined; readonly excluded?: readonly string[] | undefined; }
export interface SdkMeterProvider extends ApiMeterProvider { forceFlush?(): Promise<void>; shutdown?(): Promise<void>; }
export class Tachymeter extends Facades implements AsyncDisposable, Source { readonly ready: Promise<void>;
  readonly meterProvider: SdkMeterProvider; readonly resource: Resource; readonly group: Group;
  get history(): History | undefined; get alerts(): Alerts | undefined; get prometheusUrl(): string | undefined;
  get pageUrl(): string | undefined; get logLevel(): LogLevel; set logLevel(level: LogLevel);
  query(expression: string, options?: ExpressionOptions): Promise<QueryResult>;
  queryRange(expression: string, options: ExpressionRangeOptions): Promise<QueryResult>;
  select(selection: Selection): AsyncIterable<SampleSeries>; reload(): Promise<ReloadResult>;
  snapshot(): Promise<Snapshot>; forceFlush(): Promise<void>; shutdown(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>; }
export function running(): Tachymeter | undefined;
export function start(options?: Options): Tachymeter;

// Not exported, but named above
export const DETECTORS: readonly ["container", "host", "os", "process", "service"];
export type Detector = (typeof DETECTORS)[number];
export class Facades { readonly collector: TelemetryCollector; readonly events: Events;
  readonly coordination: Coordination; readonly messaging: Messaging; readonly health: Health; readonly genAi: GenAi;
  readonly kernels: Kernels; readonly application: Application; readonly custom: Custom; readonly commands: Commands;
  readonly network: Network; readonly system: System; }
export interface Instrumentation<Config extends InstrumentationConfig = InstrumentationConfig> {
  instrumentationName: string; instrumentationVersion: string; enable(): void; disable(): void;
  setTracerProvider(tracerProvider: TracerProvider): void; setMeterProvider(meterProvider: MeterProvider): void;
  setConfig(config: Config): void; getConfig(): Config; }
export interface InstrumentationConfig { enabled?: boolean; }
declare const LIMIT_NAMES: readonly ["default", "counter", "gauge", "histogram", "observableCounter", "observableGauge",
    "observableUpDownCounter", "upDownCounter"];
export const LOG_LEVELS: readonly ["none", "error", "warn", "info", "debug", "verbose", "all"];
type LimitName = (typeof LIMIT_NAMES)[number];
export type LogLevel = (typeof LOG_LEVELS)[number];
export interface ProfileOptions { readonly blockThreshold?: number | undefined; readonly sampling?: number | undefined;
  readonly directory?: string | undefined; readonly maxBytes?: number | undefined; }
