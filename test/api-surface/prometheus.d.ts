export OptionsError as PrometheusOptionsError from "tachymeter"
export OptionsProblem as PrometheusOptionsProblem from "tachymeter"
export interface BasicAuthOptions { readonly username: string; readonly password?: string;
  readonly passwordFile?: string; }
export interface FormatOptions { readonly format?: "text" | "openmetrics" | undefined; }
export class ListenError extends Error { readonly name = "ListenError"; readonly code = "TACHYMETER_LISTEN"; }
export class PortInUseError extends Error { readonly name = "PortInUseError"; readonly code = "EADDRINUSE";
  readonly tachymeterCode = "TACHYMETER_PORT_IN_USE"; }
export class PrometheusAdapter extends MetricsExporter { constructor(file: string, options?: FormatOptions);
  exportMetrics(source: MetricsSource): Promise<void>; }
export class PrometheusExporter extends Reader {
  static readonly DEFAULT_OPTIONS: { readonly host: string | undefined; readonly port: number; readonly endpoint:
    string; readonly prefix: string; readonly appendTimestamp: boolean; readonly withResourceConstantLabels: undefined;
    readonly withoutScopeInfo: boolean; readonly withoutTargetInfo: boolean; };
  constructor(options?: PrometheusExporterOptions, callback?: (error: Error | void) => void);
  selectAggregation(instrumentType: InstrumentType): AggregationOption;
  selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality; get url(): string | undefined;
  startServer(): Promise<void>; stopServer(): Promise<void>; protected onShutdown(): Promise<void>;
  collect(options?: MetricCollectOptions): Promise<CollectionResult>;
  getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void;
  fetchHandler(): (request: Request) => Promise<Response>; }
export interface PrometheusExporterOptions extends SecurityOptions { readonly host?: string; readonly port?: number;
  endpoint?: string; preventServerStart?: boolean; readonly prefix?: string; appendTimestamp?: boolean;
  withResourceConstantLabels?: RegExp; withoutScopeInfo?: boolean; withoutTargetInfo?: boolean;
  metricProducers?: MetricProducer[]; readonly aggregationSelector?: AggregationSelector;
  readonly metricFilter?: MetricFilter; readonly cardinalityLimits?: CardinalityLimits;
  readonly translationStrategy?: TranslationStrategy; readonly scopeLabels?: boolean;
  readonly withoutCounterSuffix?: boolean; readonly scrapeTimeout?: number; readonly maxConcurrentScrapes?: number;
  readonly allowedHosts?: readonly string[]; }
export class PushgatewayExporter extends DeliveringExporter { constructor(options: PushgatewayOptions); }
export interface PushgatewayOptions { readonly url: string; readonly job: string;
  readonly groupings?: Readonly<Record<string, string>> | undefined; readonly mode?: "push" | "pushAdd" | undefined;
  readonly deleteAtEnd?: boolean | undefined; readonly outbox?: OutboxOptions | undefined; }
export class RemoteWriteExporter extends DeliveringExporter { constructor(options: RemoteWriteOptions); }
export interface RemoteWriteOptions { readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined; readonly customBuckets?: boolean | undefined;
  readonly outbox?: OutboxOptions | undefined; }
export interface SecurityOptions { readonly bearerToken?: string; readonly bearerTokenFile?: string;
  readonly basicAuth?: BasicAuthOptions; readonly tls?: TlsOptions; }
export interface TlsOptions { readonly cert?: string | Uint8Array; readonly certFile?: string;
  readonly key?: string | Uint8Array; readonly keyFile?: string; readonly passphrase?: string;
  readonly clientCa?: string | Uint8Array; readonly clientCaFile?: string; }
export type TranslationStrategy = "UnderscoreEscapingWithSuffixes" | "UnderscoreEscapingWithoutSuffixes" |
    "NoUTF8EscapingWithSuffixes" | "NoTranslation";
export function renderPrometheus(metrics: ResourceMetrics, options?: FormatOptions): string;

// Not exported, but named above
export const AggregationTemporality: typeof Temporality;
export type AggregationTemporality = Temporality;
export abstract class DeliveringExporter implements PushMetricExporter {
  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void;
  setSelfObsMeterProvider(meterProvider: MeterProvider): void; forceFlush(): Promise<void>; shutdown(): Promise<void>;
  selectAggregation(_instrumentType: InstrumentType): AggregationOption;
  selectAggregationTemporality(_instrumentType: InstrumentType): AggregationTemporality; }
export abstract class Reader implements IMetricReader {
  abstract selectAggregationTemporality(type: InstrumentType): AggregationTemporality;
  selectAggregation(_type: InstrumentType): AggregationOption; selectCardinalityLimit(type: InstrumentType): number;
  setMetricProducer(producer: MetricProducer): void; _setSelfObsMeterProvider(provider: MeterProvider): void;
  collect(options?: MetricCollectOptions): Promise<CollectionResult>;
  forceFlush(options?: { readonly timeoutMillis?: number; }): Promise<void>;
  shutdown(options?: { readonly timeoutMillis?: number; }): Promise<void>; protected onForceFlush(): Promise<void>;
  protected onShutdown(): Promise<void>; }
