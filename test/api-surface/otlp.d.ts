// src/readers/otlp/index.d.ts
export { OutboxError } from "../../io/outbox/error.ts";
export { type OutboxOptions, OutboxOptionsError, type OutboxOptionsProblem, } from "../../io/outbox/options.ts";
export { DurableExporter } from "./durable-exporter.ts";
export { OtlpExporter } from "./exporter.ts";
export { type FlushedOutbox, flushOutbox, type FlushOutboxOptions, type FlushProgress, } from "./flush-outbox.ts";
export { MissingPackageError } from "./missing-package-error.ts";
export type { OtlpExporterOptions } from "./options.ts";
export { GrpcHeadersError } from "./upstream-exporter.ts";

// src/io/outbox/error.d.ts
export declare class OutboxError extends Error {
    readonly name = "OutboxError";
    readonly code = "TACHYMETER_OUTBOX";
}

// src/io/outbox/options.d.ts
export interface OutboxOptions {
    readonly directory: string;
    readonly maxBytes?: number | undefined;
    readonly maxAge?: number | undefined;
    readonly catchUp?: number | undefined;
    readonly fsync?: "collection" | "never" | undefined;
}
export interface OutboxSettings {
    readonly directory: string;
    readonly maxBytes: number;
    readonly maxAge: number;
    readonly catchUp: number;
    readonly fsync: "collection" | "never";
}
export interface OutboxOptionsProblem {
    readonly name: string;
    readonly value: unknown;
    readonly allowed: string;
}
export declare class OutboxOptionsError extends Error {
    readonly name = "OutboxOptionsError";
    readonly code = "TACHYMETER_OUTBOX_OPTIONS";
    readonly problems: readonly OutboxOptionsProblem[];
    constructor(problems: readonly OutboxOptionsProblem[]);
}
export declare function outboxProblems(options: unknown): readonly OutboxOptionsProblem[];
export declare function isOutboxOptions(options: unknown): options is OutboxOptions;
export declare function outboxSettings(options: OutboxOptions): OutboxSettings;

// src/readers/otlp/durable-exporter.d.ts
import type { MeterProvider } from "@opentelemetry/api";
import type { ExportResult } from "@opentelemetry/core";
import { type AggregationOption, AggregationTemporality, type InstrumentType, type PushMetricExporter, type ResourceMetrics } from "../../engine/index.ts";
import type { OutboxOptions } from "../../io/outbox/options.ts";
export declare class DurableExporter implements PushMetricExporter {
    #private;
    constructor(exporter: PushMetricExporter, options: OutboxOptions);
    export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void;
    setSelfObsMeterProvider(meterProvider: MeterProvider): void;
    forceFlush(): Promise<void>;
    shutdown(): Promise<void>;
    selectAggregation(instrumentType: InstrumentType): AggregationOption;
    selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality;
}



// src/readers/otlp/exporter.d.ts
import type { MeterProvider } from "@opentelemetry/api";
import type { ExportResult } from "@opentelemetry/core";
import type { AggregationOption, AggregationTemporality, InstrumentType, PushMetricExporter, ResourceMetrics } from "../../engine/index.ts";
import type { OtlpExporterOptions } from "./options.ts";
export declare class OtlpExporter implements PushMetricExporter {
    #private;
    constructor(options?: OtlpExporterOptions);
    export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void;
    setSelfObsMeterProvider(meterProvider: MeterProvider): void;
    forceFlush(): Promise<void>;
    shutdown(): Promise<void>;
    selectAggregation(instrumentType: InstrumentType): AggregationOption;
    selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality;
}


// src/readers/otlp/options.d.ts
import type { MeterProvider } from "@opentelemetry/api";
import type { OutboxOptions } from "../../io/outbox/options.ts";
import type { UpstreamOtlpOptions } from "./upstream.ts";
export interface OtlpExporterOptions extends UpstreamOtlpOptions {
    readonly protocol?: "http/protobuf" | "http/json" | "grpc";
    readonly temporality?: "cumulative" | "delta" | "lowmemory";
    readonly outbox?: OutboxOptions;
    readonly selfObsMeterProvider?: MeterProvider;
}


// src/readers/otlp/upstream.d.ts
import type { Agent as HttpAgent, AgentOptions as HttpAgentOptions } from "node:http";
import type { Agent as HttpsAgent, AgentOptions as HttpsAgentOptions } from "node:https";
import type { MeterProvider } from "@opentelemetry/api";
import type { AggregationOption, AggregationTemporality, InstrumentType, PushMetricExporter } from "../../engine/index.ts";
type AgentFactory = (protocol: string) => HttpAgent | HttpsAgent | Promise<HttpAgent> | Promise<HttpsAgent>;
export interface UpstreamOtlpOptions {
    headers?: Record<string, string> | (() => Promise<Record<string, string>>);
    url?: string;
    concurrencyLimit?: number;
    timeoutMillis?: number;
    selfObsMeterProvider?: MeterProvider;
    keepAlive?: boolean;
    compression?: "none" | "gzip";
    httpAgentOptions?: HttpAgentOptions | HttpsAgentOptions | AgentFactory;
    userAgent?: string;
    temporalityPreference?: 0 | 1 | 2 | AggregationTemporality;
    aggregationPreference?: (instrumentType: InstrumentType) => AggregationOption;
}
export interface HttpSettings {
    readonly url: string;
    readonly headers: () => Promise<Record<string, string>>;
    readonly agentFactory: AgentFactory;
    readonly compression: "none" | "gzip";
    readonly timeoutMillis: number;
    readonly userAgent?: string;
}
export interface Selection {
    selectAggregation(instrumentType: InstrumentType): AggregationOption;
    selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality;
}
export declare function httpSettings(options: UpstreamOtlpOptions): HttpSettings;
export declare function timeoutOfEnvironment(): number | undefined;
export declare function jsonExporter(options: UpstreamOtlpOptions): PushMetricExporter;
export declare function upstreamSelection(options: UpstreamOtlpOptions): Selection;
export {};


// src/readers/otlp/flush-outbox.d.ts
import type { OtlpExporterOptions } from "./options.ts";
export interface FlushOutboxOptions extends Omit<OtlpExporterOptions, "outbox"> {
    readonly onProgress?: ((progress: FlushProgress) => void) | undefined;
}
export interface FlushProgress {
    readonly receiver: string;
    readonly delivered: number;
    readonly rejected: number;
    readonly left: {
        readonly records: number;
        readonly points: number;
        readonly bytes: number;
    };
    readonly oldestTimeUnixMillis: number | undefined;
    readonly failure: string | undefined;
}
export interface FlushedOutbox {
    readonly delivered: number;
    readonly rejected: number;
    readonly left: number;
    readonly owners: number;
}
export declare function flushOutbox(directory: string, { protocol, onProgress, ...options }?: FlushOutboxOptions, signal?: AbortSignal): Promise<FlushedOutbox>;


// src/readers/otlp/missing-package-error.d.ts
export declare class MissingPackageError extends Error {
    readonly name = "MissingPackageError";
    readonly code = "TACHYMETER_MISSING_PACKAGE";
}


// src/readers/otlp/upstream-exporter.d.ts
import type { PushMetricExporter } from "../../engine/index.ts";
import { type UpstreamOtlpOptions } from "./upstream.ts";
export declare function upstreamExporter(protocol: "http/json" | "grpc", options: UpstreamOtlpOptions): PushMetricExporter;
export declare class GrpcHeadersError extends TypeError {
    readonly name = "GrpcHeadersError";
    readonly code = "TACHYMETER_GRPC_HEADERS";
}


