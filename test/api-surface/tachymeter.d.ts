// src/index.d.ts
export { ConfigurationError, type ConfigurationProblem } from "./options/index.ts";
export type { Options, Reader, ReaderConfig, SdkMeterProvider } from "./sdk/options.ts";
export { AlreadyStartedError, ForeignMeterProviderError, running, start } from "./sdk/start.ts";
export { Tachymeter } from "./sdk/tachymeter.ts";


// src/sdk/options.d.ts
import type { Attributes, MeterProvider as ApiMeterProvider } from "@opentelemetry/api";
import type { Instrumentation } from "@opentelemetry/instrumentation";
import type { Resource } from "@opentelemetry/resources";
import type { IMetricReader, MetricFilter, MetricReader, ViewOptions } from "../engine/index.ts";
import type { EventLogOptions } from "../facades/index.ts";
import type { HistoryOptions } from "../history/index.ts";
import type { OutboxOptions } from "../readers/otlp/index.ts";
import type { PrometheusExporterOptions } from "../readers/prometheus/index.ts";
export interface Options {
    readonly serviceName?: string;
    readonly resource?: Attributes;
    readonly readers?: readonly Reader[];
    readonly collectionInterval?: number;
    readonly exitTimeout?: number;
    readonly views?: readonly ViewOptions[];
    readonly cardinalityLimit?: number;
    readonly seriesTimeToLive?: number;
    readonly exemplarFilter?: "trace_based" | "always_on" | "always_off";
    readonly instrumentations?: readonly Instrumentation[] | Readonly<Record<string, boolean | object>>;
    readonly host?: boolean;
    readonly runtime?: boolean;
    readonly hooks?: {
        readonly kernels?: boolean;
    };
    readonly facades?: {
        readonly events?: {
            readonly maxEvents?: number;
        };
        readonly coordination?: {
            readonly nodeTimeout?: number;
        };
        readonly messaging?: {
            readonly system?: string;
            readonly maxDestinations?: number;
        };
        readonly commands?: {
            readonly maxCommands?: number;
        };
        readonly system?: {
            readonly collectionInterval?: number;
            readonly maxMetricsPerSecond?: number;
        };
        readonly network?: {
            readonly maxMetricsPerSecond?: number;
        };
        readonly custom?: {
            readonly maxMetricsPerSecond?: number;
        };
    };
    readonly eventLog?: string | EventLogOptions;
    readonly history?: boolean | HistoryOptions;
    readonly createMeterProvider?: (parts: {
        readonly resource: Resource;
        readonly views: ViewOptions[];
        readonly readers: IMetricReader[];
    }) => SdkMeterProvider;
}
export type Reader = "prometheus" | "otlp" | "json" | "console" | ReaderConfig | MetricReader;
export type ReaderConfig = ({
    readonly type: "prometheus";
    readonly health?: boolean | "authenticated";
} & PrometheusExporterOptions) | {
    readonly type: "otlp";
    readonly protocol?: "http/protobuf" | "http/json" | "grpc";
    readonly url?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly temporality?: "cumulative" | "delta" | "lowmemory";
    readonly timeout?: number;
    readonly interval?: number;
    readonly metricFilter?: MetricFilter;
    readonly outbox?: OutboxOptions;
} | {
    readonly type: "json";
    readonly file?: string;
    readonly url?: string;
    readonly format?: "document" | "ndjson";
    readonly maxBytes?: number;
    readonly maxAge?: number;
    readonly maxFiles?: number;
    readonly compress?: boolean;
    readonly interval?: number;
    readonly metricFilter?: MetricFilter;
} | {
    readonly type: "console";
    readonly interval?: number;
    readonly metricFilter?: MetricFilter;
};
export interface SdkMeterProvider extends ApiMeterProvider {
    forceFlush?(): Promise<void>;
    shutdown?(): Promise<void>;
}






// src/sdk/start.d.ts
import type { Options } from "./options.ts";
import type { Tachymeter } from "./tachymeter.ts";
export declare function running(): Tachymeter | undefined;
export declare function start(options?: Options): Tachymeter;
export declare function startOnAnyProvider(): Tachymeter;
export declare class AlreadyStartedError extends Error {
    readonly name = "AlreadyStartedError";
    readonly code = "TACHYMETER_ALREADY_STARTED";
    constructor(startedAt: string);
}
export declare class ForeignMeterProviderError extends Error {
    readonly name = "ForeignMeterProviderError";
    readonly code = "TACHYMETER_FOREIGN_METER_PROVIDER";
    constructor();
}


// src/sdk/tachymeter.d.ts
import type { Resource } from "@opentelemetry/resources";
import { type LogLevel } from "../options/index.ts";
import type { Application, Commands, Coordination, Custom, Events, Health, Kernels, Messaging, Network, Snapshot, System, TelemetryCollector } from "../facades/index.ts";
import type { History } from "../history/index.ts";
import type { Facades } from "./facades.ts";
import type { SdkMeterProvider } from "./options.ts";
export interface TachymeterParts extends Facades {
    readonly ready: Promise<void>;
    readonly meterProvider: SdkMeterProvider;
    readonly resource: Resource;
    readonly history: History | undefined;
    readonly prometheusUrl: () => string | undefined;
    readonly logLevel: LogLevel;
    readonly forceFlush: () => Promise<void>;
    readonly shutdown: () => Promise<void>;
}
export declare class Tachymeter implements AsyncDisposable {
    #private;
    readonly ready: Promise<void>;
    readonly meterProvider: SdkMeterProvider;
    readonly resource: Resource;
    readonly collector: TelemetryCollector;
    readonly coordination: Coordination;
    readonly messaging: Messaging;
    readonly health: Health;
    readonly kernels: Kernels;
    readonly application: Application;
    readonly custom: Custom;
    readonly commands: Commands;
    readonly network: Network;
    readonly system: System;
    readonly events: Events;
    readonly history: History | undefined;
    private constructor();
    get prometheusUrl(): string | undefined;
    get logLevel(): LogLevel;
    set logLevel(level: LogLevel);
    snapshot(): Promise<Snapshot>;
    forceFlush(): Promise<void>;
    shutdown(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}






