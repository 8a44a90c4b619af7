// src/readers/prometheus/index.d.ts
export { PrometheusAdapter } from "./adapter.ts";
export { PrometheusExporter } from "./exporter.ts";
export { ListenError, PortInUseError } from "./serving/listen-error.ts";
export { type PrometheusExporterOptions } from "./serving/options.ts";
export { type BasicAuthOptions, type SecurityOptions, type TlsOptions } from "./serving/security-options.ts";
export { PrometheusOptionsError, type PrometheusOptionsProblem } from "./serving/options-error.ts";
export { renderPrometheus } from "./render.ts";
export { type TranslationStrategy } from "./rendering.ts";
export { type FormatOptions } from "./text-format.ts";

// src/readers/prometheus/adapter.d.ts
import { MetricsExporter, type MetricsSource } from "../../collector/metrics-exporter.ts";
import { type FormatOptions } from "./text-format.ts";
export declare class PrometheusAdapter extends MetricsExporter {
    #private;
    constructor(file: string, options?: FormatOptions);
    exportMetrics(source: MetricsSource): Promise<void>;
}


// src/readers/prometheus/text-format.d.ts
import type { Exposition } from "./exposition.ts";
export interface FormatOptions {
    readonly format?: "text" | "openmetrics" | undefined;
}
export declare function expositionFromOptions(thing: string, options: FormatOptions): Exposition;

// src/readers/prometheus/exposition.d.ts
import type { Escaping } from "../../translation/escape-name.ts";
import type { TranslationSettings } from "../../translation/strategy.ts";
export type ExpositionFormat = "text-0.0.4" | "text-1.0.0" | "openmetrics-1.0.0" | "protobuf";
export interface Exposition {
    readonly format: ExpositionFormat;
    readonly escaping: Escaping;
}
export interface RenderingSettings extends TranslationSettings {
    readonly timestamps?: boolean | undefined;
    readonly created?: boolean | undefined;
}
export interface ScrapeBody {
    readonly chunks: readonly Uint8Array[];
    readonly byteLength: number;
    release(): void;
}
export declare function contentTypeOf({ format, escaping }: Exposition): string;
export declare function textOf(body: ScrapeBody): string;

// src/translation/escape-name.d.ts
export type Escaping = "underscores" | "dots" | "values" | "allow-utf-8";
export declare function escapedMetricName(name: string, escaping: Escaping): string;
export declare function escapedLabelName(name: string, escaping: Escaping): string;
export declare function isLegacyMetricName(name: string): boolean;
export declare function isLegacyLabelName(name: string): boolean;
export declare function wellFormed(text: string): string;
export declare function isWellFormed(text: string): boolean;

// src/translation/strategy.d.ts
export type TranslationStrategy = "UnderscoreEscapingWithSuffixes" | "UnderscoreEscapingWithoutSuffixes" | "NoUTF8EscapingWithSuffixes" | "NoTranslation";
export interface TranslationSettings {
    readonly strategy?: TranslationStrategy | undefined;
    readonly prefix?: string | undefined;
    readonly counterSuffix?: boolean | undefined;
    readonly scopeLabels?: boolean | undefined;
    readonly targetInfo?: boolean | undefined;
    readonly nestedHistograms?: boolean | undefined;
    readonly resourceLabels?: RegExp | undefined;
}
export declare function escapesNames(strategy: TranslationStrategy): boolean;
export declare function addsSuffixes(strategy: TranslationStrategy): boolean;

// src/readers/prometheus/exporter.d.ts
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AggregationOption, AggregationTemporality, CollectionResult, InstrumentType, MetricCollectOptions, MetricProducer } from "../../engine/index.ts";
import { type PrometheusExporterOptions } from "./serving/options.ts";
import { UpstreamExporter } from "./upstream.ts";
export declare class PrometheusExporter extends UpstreamExporter {
    #private;
    constructor(options?: PrometheusExporterOptions, callback?: (error: Error | void) => void);
    selectAggregation(instrumentType: InstrumentType): AggregationOption;
    selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality;
    get url(): string | undefined;
    startServer(): Promise<void>;
    stopServer(): Promise<void>;
    onForceFlush(): Promise<void>;
    onShutdown(): Promise<void>;
    setMetricProducer(producer: MetricProducer): void;
    collect(options?: MetricCollectOptions): Promise<CollectionResult>;
    getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void;
    fetchHandler(): (request: Request) => Promise<Response>;
}


// src/readers/prometheus/serving/options.d.ts
import type { ExporterConfig } from "../upstream.ts";
import type { AggregationSelector, MetricFilter } from "../../../engine/index.ts";
import type { RenderingSettings, TranslationStrategy } from "../rendering.ts";
import { type SecurityOptions, type SecuritySettings } from "./security-options.ts";
export interface PrometheusExporterOptions extends ExporterConfig, SecurityOptions {
    readonly host?: string;
    readonly port?: number;
    readonly prefix?: string;
    readonly aggregationSelector?: AggregationSelector;
    readonly metricFilter?: MetricFilter;
    readonly translationStrategy?: TranslationStrategy;
    readonly scopeLabels?: boolean;
    readonly withoutCounterSuffix?: boolean;
    readonly withoutCreated?: boolean;
    readonly scrapeTimeout?: number;
    readonly maxConcurrentScrapes?: number;
    readonly allowedHosts?: readonly string[];
}
export interface PrometheusSettings {
    readonly host: string;
    readonly port: number;
    readonly endpoint: string;
    readonly rendering: RenderingSettings;
    readonly aggregationSelector: AggregationSelector | undefined;
    readonly metricFilter: MetricFilter | undefined;
    readonly scrapeTimeoutMillis: number;
    readonly maxConcurrentScrapes: number;
    readonly allowedHosts: readonly string[] | undefined;
    readonly security: SecuritySettings;
}
export declare function settingsFromOptions(options: PrometheusExporterOptions): PrometheusSettings;
export declare function isLoopback(host: string): boolean;

// src/readers/prometheus/upstream.d.ts
import type { IncomingMessage, ServerResponse } from "node:http";
import type { MetricProducer, MetricReader } from "../../engine/index.ts";
export interface ExporterConfig {
    prefix?: string;
    appendTimestamp?: boolean;
    endpoint?: string;
    host?: string;
    port?: number;
    preventServerStart?: boolean;
    metricProducers?: MetricProducer[];
    withResourceConstantLabels?: RegExp;
    withoutScopeInfo?: boolean;
    withoutTargetInfo?: boolean;
}
export interface UpstreamExporter extends MetricReader {
    startServer(): Promise<void>;
    stopServer(): Promise<void>;
    getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void;
}
export interface UpstreamExporterClass {
    readonly DEFAULT_OPTIONS: {
        readonly host: string | undefined;
        readonly port: number;
        readonly endpoint: string;
        readonly prefix: string;
        readonly appendTimestamp: boolean;
        readonly withResourceConstantLabels: undefined;
        readonly withoutScopeInfo: boolean;
        readonly withoutTargetInfo: boolean;
    };
    new (config?: ExporterConfig, callback?: (error: Error | void) => void): UpstreamExporter;
}
export declare const UpstreamExporter: UpstreamExporterClass;



// src/readers/prometheus/rendering.d.ts
import type { Collection } from "../../engine/collection/collection.ts";
import type { ListedFamily } from "../../translation/family.ts";
import type { Exposition, RenderingSettings, ScrapeBody } from "./exposition.ts";
export { contentTypeOf } from "./exposition.ts";
export type { Exposition, ExpositionFormat, RenderingSettings, ScrapeBody } from "./exposition.ts";
export type { TranslationStrategy } from "../../translation/strategy.ts";
export type { Escaping } from "../../translation/escape-name.ts";
export interface RenderOptions {
    readonly names?: ReadonlySet<string> | undefined;
    readonly signal?: AbortSignal | undefined;
}
export declare class Renderer {
    #private;
    constructor(settings?: RenderingSettings);
    render(collection: Collection, exposition: Exposition, { names, signal }?: RenderOptions): Promise<ScrapeBody>;
    renderNow(collection: Collection, exposition: Exposition): ScrapeBody;
    renderList(families: readonly ListedFamily[], exposition: Exposition): ScrapeBody;
}

// src/engine/collection/collection.d.ts
import type { Resource } from "@opentelemetry/resources";
import type { Interner } from "../series/interner.ts";
import type { CollectedMetric } from "./collected-metric.ts";
export interface Collection {
    readonly resource: Resource;
    readonly timeUnixMillis: number;
    readonly metrics: readonly CollectedMetric[];
    readonly interner: Interner;
    readonly errors: readonly unknown[];
}

// src/engine/series/interner.d.ts
import type { AttributeValue } from "@opentelemetry/api";
export declare const NO_PAIR = -1;
export declare class Interner {
    #private;
    get size(): number;
    get forgotten(): number;
    get idLimit(): number;
    find(key: string, value: unknown): number;
    intern(key: string, value: unknown): number;
    retain(id: number): void;
    release(id: number): void;
    keyOf(id: number): string;
    valueOf(id: number): AttributeValue;
    stampOf(id: number): number;
}

// src/engine/collection/collected-metric.d.ts
import type { AggregationTemporality, MetricDescriptor } from "@opentelemetry/sdk-metrics";
import type { Scope } from "../scope.ts";
import type { SeriesSource } from "./series-source.ts";
interface Collected {
    readonly scope: Scope;
    readonly descriptor: MetricDescriptor;
    readonly temporality: AggregationTemporality;
    readonly series: SeriesSource;
}
export interface CollectedSum extends Collected {
    readonly kind: "sum";
    readonly isMonotonic: boolean;
}
export interface CollectedGauge extends Collected {
    readonly kind: "gauge";
}
export interface CollectedHistogram extends Collected {
    readonly kind: "histogram";
    readonly boundaries: readonly number[];
    readonly hasMinMax: boolean;
    readonly hasSum: boolean;
}
export interface CollectedExponentialHistogram extends Collected {
    readonly kind: "exponentialHistogram";
    readonly hasMinMax: boolean;
    readonly hasSum: boolean;
}
export type CollectedMetric = CollectedSum | CollectedGauge | CollectedHistogram | CollectedExponentialHistogram;
export {};


// src/engine/collection/series-source.d.ts
import type { Attributes, HrTime } from "@opentelemetry/api";
import type { Exemplar } from "../exemplars/reservoir.ts";
export interface SeriesVisitor {
    series(cells: Float64Array, offset: number, row: number): void;
}
export interface PointTimes {
    readonly startTime: HrTime;
    readonly endTime: HrTime;
}
export interface SeriesSource {
    readonly length: number;
    visit(from: number, to: number, visitor: SeriesVisitor): void;
    pairsOf(row: number, ids: Int32Array): number;
    attributesOf(row: number): Attributes;
    startTimeOf(row: number): number;
    timesOf?(row: number): PointTimes;
    exemplarsOf(row: number): readonly Exemplar[];
}


// src/translation/family.d.ts
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { Exemplar } from "../engine/exemplars/reservoir.ts";
import type { NativeHistogram } from "./native-buckets.ts";
export interface FamilyHead {
    readonly name: string;
    readonly kind: "counter" | "gauge" | "histogram" | "info" | "untyped";
    readonly help: string | undefined;
    readonly unit: string;
}
export interface Family extends FamilyHead {
    readonly metrics: readonly FamilyMetric[];
}
export interface FamilyMetric {
    readonly plan: MetricPlan;
    readonly metric: CollectedMetric;
}
export interface MetricPlan {
    readonly head: FamilyHead;
    readonly constantLabels: readonly KeyedLabel[];
}
export interface ListedFamily extends FamilyHead {
    readonly series: readonly Series[];
}
export interface Series {
    readonly labels: readonly Label[];
    readonly value: number | Buckets;
    readonly native?: NativeHistogram | undefined;
    readonly timeUnixMillis?: number | undefined;
    readonly startTimeUnixMillis?: number | undefined;
    readonly exemplars?: readonly Exemplar[] | undefined;
}
export interface Label {
    readonly name: string;
    readonly value: string | number | boolean;
}
export interface KeyedLabel extends Label {
    readonly key: string;
}
export interface Buckets {
    readonly bounds: readonly number[];
    readonly cumulativeCounts: readonly number[];
    readonly count: number;
    readonly sum: number | undefined;
    readonly min: number | undefined;
    readonly max: number | undefined;
}



// src/translation/native-buckets.d.ts
import type { CollectedExponentialHistogram } from "../engine/collection/collected-metric.ts";
export interface BucketRun {
    readonly counts: Float64Array;
    readonly base: number;
    readonly first: number;
    readonly last: number;
}
export interface NativeHistogram {
    readonly schema: number;
    readonly count: number;
    readonly sum: number;
    readonly zeroCount: number;
    readonly positive: BucketRun;
    readonly negative: BucketRun;
}
export declare class NativeBuckets implements NativeHistogram {
    schema: number;
    count: number;
    sum: number;
    zeroCount: number;
    readonly positive: RunReader;
    readonly negative: RunReader;
    read(cells: Float64Array, offset: number, { hasSum }: CollectedExponentialHistogram): boolean;
    copy(): NativeHistogram;
}
export declare function addedNative(left: NativeHistogram, right: NativeHistogram): NativeHistogram | undefined;
declare class RunReader implements BucketRun {
    #private;
    counts: Float64Array;
    base: number;
    first: number;
    last: number;
    read(cells: Float64Array, at: number, length: number, offset: number, shift: number): void;
    copy(): BucketRun;
}
export {};







// src/readers/prometheus/serving/security-options.d.ts
import { Authentication } from "./authentication.ts";
import { Certificates } from "./certificates.ts";
import { type OptionReading } from "./option-reading.ts";
export interface TlsOptions {
    readonly cert?: string | Uint8Array;
    readonly certFile?: string;
    readonly key?: string | Uint8Array;
    readonly keyFile?: string;
    readonly passphrase?: string;
    readonly clientCa?: string | Uint8Array;
    readonly clientCaFile?: string;
}
export interface BasicAuthOptions {
    readonly username: string;
    readonly password?: string;
    readonly passwordFile?: string;
}
export interface SecurityOptions {
    readonly bearerToken?: string;
    readonly bearerTokenFile?: string;
    readonly basicAuth?: BasicAuthOptions;
    readonly tls?: TlsOptions;
}
export interface SecuritySettings {
    readonly authentication: Authentication | undefined;
    readonly certificates: Certificates | undefined;
}
export declare function securityFrom(options: SecurityOptions, reading: OptionReading): SecuritySettings;

// src/readers/prometheus/serving/authentication.d.ts
export type Secret = () => Promise<string>;
export interface Credentials {
    readonly bearerToken?: Secret;
    readonly basic?: {
        readonly username: string;
        readonly password: Secret;
    };
}
export declare class Authentication {
    #private;
    constructor(credentials: Credentials);
    get challenge(): string;
    admits(authorization: string | undefined): Promise<boolean>;
}

// src/readers/prometheus/serving/certificates.d.ts
import type { SecureContextOptions } from "node:tls";
import { WatchedFile } from "./watched-file.ts";
export type Material = string | WatchedFile;
export interface CertificateParts {
    readonly cert: Material;
    readonly key: Material;
    readonly ca: Material | undefined;
    readonly passphrase: string | undefined;
}
export declare class Certificates {
    #private;
    constructor(parts: CertificateParts);
    get asksClients(): boolean;
    get latest(): SecureContextOptions;
    changed(): Promise<SecureContextOptions | undefined>;
}

// src/readers/prometheus/serving/watched-file.d.ts
export declare class WatchedFile {
    #private;
    readonly path: string;
    constructor(path: string);
    get latest(): string;
    content(): Promise<string>;
}

// src/readers/prometheus/serving/option-reading.d.ts
import type { PrometheusOptionsProblem } from "./options-error.ts";
export type RawOptions = Readonly<Record<string, unknown>>;
export declare class OptionReading {
    readonly problems: PrometheusOptionsProblem[];
    problem(name: string, value: unknown, allowed: string): void;
    flag(name: string, value: unknown): boolean | undefined;
    word<const Word extends string>(name: string, value: unknown, words: readonly Word[]): Word | undefined;
    number(name: string, value: unknown, { min, max, whole, unit }: {
        min: number;
        max: number;
        whole: boolean;
        unit: string;
    }): number | undefined;
    text(name: string, value: unknown, secret: boolean): string | undefined;
}
export declare function isUnset(value: unknown): boolean;
export declare function variable(name: string): string | undefined;
export declare function warnOfVariable(name: string, value: string, allowed: string): void;
export declare function isObject(value: unknown): value is RawOptions;

// src/readers/prometheus/serving/options-error.d.ts
export interface PrometheusOptionsProblem {
    readonly name: string;
    readonly value: unknown;
    readonly allowed: string;
}
export declare class PrometheusOptionsError extends Error {
    readonly name = "PrometheusOptionsError";
    readonly code = "TACHYMETER_PROMETHEUS_OPTIONS";
    readonly problems: readonly PrometheusOptionsProblem[];
    constructor(thing: string, problems: readonly PrometheusOptionsProblem[]);
}


// src/readers/prometheus/serving/listen-error.d.ts
export declare class PortInUseError extends Error {
    readonly name = "PortInUseError";
    readonly code = "EADDRINUSE";
    readonly tachymeterCode = "TACHYMETER_PORT_IN_USE";
}
export declare class ListenError extends Error {
    readonly name = "ListenError";
    readonly code = "TACHYMETER_LISTEN";
}
export declare function listenErrorFrom(cause: NodeJS.ErrnoException, host: string, port: number): PortInUseError | ListenError;




// src/readers/prometheus/render.d.ts
import type { ResourceMetrics } from "../../engine/index.ts";
import { type FormatOptions } from "./text-format.ts";
export declare function renderPrometheus(metrics: ResourceMetrics, options?: FormatOptions): string;




