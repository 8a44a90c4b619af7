export OptionsError as OutboxOptionsError from "tachymeter"
export OptionsProblem as OutboxOptionsProblem from "tachymeter"
export class DurableExporter extends DeliveringExporter {
  constructor(exporter: PushMetricExporter, options: OutboxOptions);
  selectAggregation(instrumentType: InstrumentType): AggregationOption;
  selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality; }
export interface FlushOutboxOptions extends Omit<OtlpExporterOptions, "outbox"> {
  readonly onProgress?: ((progress: FlushProgress) => void) | undefined; }
export interface FlushProgress { readonly receiver: string; readonly delivered: number; readonly rejected: number;
  readonly left: { readonly records: number; readonly points: number; readonly bytes: number; };
  readonly oldestTimeUnixMillis: number | undefined; readonly failure: string | undefined; }
export interface FlushedOutbox { readonly delivered: number; readonly rejected: number; readonly left: number;
  readonly owners: number; }
export class GrpcHeadersError extends TypeError { readonly name = "GrpcHeadersError";
  readonly code = "TACHYMETER_GRPC_HEADERS"; }
export class MissingPackageError extends Error { readonly name = "MissingPackageError";
  readonly code = "TACHYMETER_MISSING_PACKAGE"; }
export class OtlpExporter implements PushMetricExporter { constructor(options?: OtlpExporterOptions);
  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void;
  setSelfObsMeterProvider(meterProvider: MeterProvider): void; forceFlush(): Promise<void>; shutdown(): Promise<void>;
  selectAggregation(instrumentType: InstrumentType): AggregationOption;
  selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality; }
export interface OtlpExporterOptions extends UpstreamOtlpOptions {
  readonly protocol?: "http/protobuf" | "http/json" | "grpc";
  readonly temporality?: "cumulative" | "delta" | "lowmemory";
  readonly histogramAggregation?: "explicit_bucket_histogram" | "base2_exponential_bucket_histogram";
  readonly tls?: OtlpTls; readonly maxRequestBytes?: number; readonly maxResponseBytes?: number;
  readonly outbox?: OutboxOptions; readonly selfObsMeterProvider?: MeterProvider; }
export class OutboxError extends Error { readonly name = "OutboxError"; readonly code = "TACHYMETER_OUTBOX"; }
export interface OutboxOptions { readonly directory: string; readonly maxBytes?: number | undefined;
  readonly maxAge?: number | undefined; readonly catchUp?: number | undefined;
  readonly fsync?: "collection" | "never" | undefined; }
export function flushOutbox(directory: string, { protocol, onProgress, ...options }?: FlushOutboxOptions, signal?:
    AbortSignal): Promise<FlushedOutbox>;

// Not exported, but named above
type AgentFactory = (protocol: string) => HttpAgent | HttpsAgent | Promise<HttpAgent> | Promise<HttpsAgent>;
export interface OtlpTls { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string; }
export interface UpstreamOtlpOptions { headers?: Record<string, string> | (() => Promise<Record<string, string>>);
  url?: string; concurrencyLimit?: number; timeoutMillis?: number; selfObsMeterProvider?: MeterProvider;
  keepAlive?: boolean; compression?: "none" | "gzip";
  httpAgentOptions?: HttpAgentOptions | HttpsAgentOptions | AgentFactory; userAgent?: string;
  temporalityPreference?: 0 | 1 | 2 | AggregationTemporality;
  aggregationPreference?: (instrumentType: InstrumentType) => AggregationOption; }
