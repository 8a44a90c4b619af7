// src/testing/index.d.ts
export { createTestTelemetry, type TestTelemetry, type TestTelemetryOptions } from "./test-telemetry.ts";
export { type MetricExpectation } from "./expectation.ts";
export { type LintFinding, type LintRule } from "./lint-finding.ts";
export { type MetricKind, type RecordedHistogram, type RecordedMetric, type RecordedSeries, type RecordedValue, } from "./recorded-metric.ts";

// src/testing/test-telemetry.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { MeterProvider, MeterProviderOptions } from "../engine/index.ts";
import { type Facades } from "../sdk/facades.ts";
import { type MetricExpectation } from "./expectation.ts";
import type { LintFinding } from "./lint-finding.ts";
import { type RecordedMetric, type RecordedValue } from "./recorded-metric.ts";
export type TestTelemetryOptions = Pick<MeterProviderOptions, "views" | "cardinalityLimit">;
export interface TestTelemetry extends Facades, AsyncDisposable {
    readonly meterProvider: MeterProvider;
    readonly collect: () => Promise<readonly RecordedMetric[]>;
    readonly value: (name: string, attributes?: Attributes) => Promise<RecordedValue | undefined>;
    readonly expectMetric: (name: string, attributes?: Attributes) => MetricExpectation;
    readonly lint: () => Promise<readonly LintFinding[]>;
    readonly shutdown: () => Promise<void>;
}
export declare function createTestTelemetry(options?: TestTelemetryOptions): TestTelemetry;


// src/sdk/facades.d.ts
import type { MeterProvider } from "@opentelemetry/api";
import type { Configuration } from "../options/index.ts";
import { Application, Commands, Coordination, Custom, type EventLog, type Events, Health, Kernels, Messaging, Network, System, TelemetryCollector } from "../facades/index.ts";
import type { SnapshotReader } from "../readers/snapshot-reader.ts";
export interface Facades {
    readonly collector: TelemetryCollector;
    readonly events: Events;
    readonly coordination: Coordination;
    readonly messaging: Messaging;
    readonly health: Health;
    readonly kernels: Kernels;
    readonly application: Application;
    readonly custom: Custom;
    readonly commands: Commands;
    readonly network: Network;
    readonly system: System;
}
export declare function makeFacades(configuration: Pick<Configuration, "collectionInterval" | "kernels" | "instrumentations"> & Partial<Pick<Configuration, "facades">> & {
    readonly eventLog?: EventLog | undefined;
}, meterProvider: MeterProvider, snapshots: Pick<SnapshotReader, "collect"> | undefined): Facades;

// src/options/index.d.ts
export { type Configuration, readConfiguration } from "./configuration.ts";
export { ConfigurationError, type ConfigurationProblem } from "./configuration-error.ts";
export { INSTRUMENTATION_NAMES, type InstrumentationName, type InstrumentationSettings, type SwitchName, UPSTREAM_NAMES, } from "./instrumentations.ts";
export type { OtlpSettings } from "./otlp.ts";
export type { JsonSettings, PrometheusSettings, ReaderSettings } from "./readers.ts";
export { LOG_LEVELS, type LogLevel } from "./settings.ts";

// src/options/configuration.d.ts
import type { AttributeLike } from "./checks.ts";
import { type FacadeSettings } from "./facades.ts";
import type { ConfigurationProblem } from "./configuration-error.ts";
import { type Environment } from "./environment.ts";
import { type EventLogSettings } from "./event-log.ts";
import { type HistorySetting } from "./history.ts";
import { type InstrumentationSettings } from "./instrumentations.ts";
import { type ReaderSettings } from "./readers.ts";
import { type RawOptions } from "./reading.ts";
import { type ExemplarFilter, type LogLevel } from "./settings.ts";
export interface Configuration {
    readonly disabled: boolean;
    readonly logLevel: LogLevel;
    readonly serviceName: string | undefined;
    readonly resource: Readonly<Record<string, AttributeLike>>;
    readonly collectionInterval: number;
    readonly exportTimeout: number;
    readonly exitTimeout: number;
    readonly cardinalityLimit: number | undefined;
    readonly seriesTimeToLive: number | undefined;
    readonly exemplarFilter: ExemplarFilter | undefined;
    readonly host: boolean;
    readonly runtime: boolean;
    readonly kernels: boolean;
    readonly eventLog: EventLogSettings | undefined;
    readonly history: HistorySetting | undefined;
    readonly readers: readonly ReaderSettings[];
    readonly facades: FacadeSettings;
    readonly instrumentations: InstrumentationSettings;
    readonly problems: readonly ConfigurationProblem[];
    readonly warnings: readonly string[];
}
export declare function readConfiguration(options: RawOptions, environment: Environment): Configuration;

// src/options/checks.d.ts
export interface Check<T> {
    readonly allowed: string;
    readonly read: (value: unknown) => T | undefined;
}
export declare const text: Check<string>;
export declare const flag: Check<boolean>;
export declare const healthAccess: Check<boolean | "authenticated">;
export declare const duration: Check<number>;
export declare function whole(lowest: number, highest: number): Check<number>;
export declare function oneOf<const T extends string>(...words: readonly T[]): Check<T>;
export declare function optional<T>(check: Check<T>): Check<T | undefined>;
export declare const url: Check<string>;
export declare const plainUrl: Check<string>;
export declare const texts: Check<Readonly<Record<string, string>>>;
export declare const attributes: Check<Readonly<Record<string, AttributeLike>>>;
export type AttributeLike = string | number | boolean | string[] | number[] | boolean[];
export declare function isObject(value: unknown): value is Readonly<Record<string, unknown>>;

// src/options/facades.d.ts
import type { Reading } from "./reading.ts";
export interface FacadeSettings {
    readonly events: {
        readonly maxEvents?: number;
    };
    readonly coordination: {
        readonly nodeTimeout?: number;
    };
    readonly messaging: {
        readonly system?: string;
        readonly maxDestinations?: number;
    };
    readonly commands: {
        readonly maxCommands?: number;
    };
    readonly system: {
        readonly collectionInterval?: number;
        readonly maxMetricsPerSecond?: number;
    };
    readonly network: {
        readonly maxMetricsPerSecond?: number;
    };
    readonly custom: {
        readonly maxMetricsPerSecond?: number;
    };
}
export declare function readFacades(reading: Reading): FacadeSettings;

// src/options/reading.d.ts
import type { Check } from "./checks.ts";
import type { ConfigurationProblem } from "./configuration-error.ts";
import { type Environment } from "./environment.ts";
import type { Setting } from "./settings.ts";
export type RawOptions = Readonly<Record<string, unknown>>;
export declare class Reading {
    readonly problems: ConfigurationProblem[];
    readonly warnings: string[];
    readonly options: RawOptions;
    readonly environment: Environment;
    constructor(options: RawOptions, environment: Environment);
    problem(name: string, value: unknown, allowed: string): void;
    setting<T>(setting: Setting<T>): T;
    checked<T>(name: string, value: unknown, check: Check<T>): T | undefined;
    refuseVariable(variable: string, value: string, allowed: string): void;
}


// src/options/configuration-error.d.ts
export interface ConfigurationProblem {
    readonly name: string;
    readonly value: unknown;
    readonly allowed: string;
}
export declare class ConfigurationError extends Error {
    readonly name = "ConfigurationError";
    readonly code = "TACHYMETER_CONFIGURATION";
    readonly problems: readonly ConfigurationProblem[];
    constructor(problems: readonly ConfigurationProblem[]);
}
export declare function shown(value: unknown): string;

// src/options/environment.d.ts
export type Environment = Readonly<Record<string, string | undefined>>;
export declare function textFrom(environment: Environment, variable: string): string | undefined;
export declare function listFrom(environment: Environment, variable: string): readonly string[];
export declare function flagFromText(value: string): boolean | string;
export declare function numberFromText(value: string): number | string;

// src/options/settings.d.ts
import { type AttributeLike, type Check } from "./checks.ts";
export interface Setting<T> {
    readonly option?: string;
    readonly variable?: string;
    readonly fromText?: (value: string) => unknown;
    readonly allowedText?: string;
    readonly check: Check<T>;
    readonly fallback: T;
}
export declare const LOG_LEVELS: readonly ["none", "error", "warn", "info", "debug", "verbose", "all"];
export type LogLevel = (typeof LOG_LEVELS)[number];
export interface Settings {
    readonly disabled: Setting<boolean>;
    readonly logLevel: Setting<LogLevel>;
    readonly serviceName: Setting<string | undefined>;
    readonly resource: Setting<Readonly<Record<string, AttributeLike>>>;
    readonly collectionInterval: Setting<number>;
    readonly exportTimeout: Setting<number>;
    readonly exitTimeout: Setting<number>;
    readonly cardinalityLimit: Setting<number | undefined>;
    readonly seriesTimeToLive: Setting<number | undefined>;
    readonly exemplarFilter: Setting<ExemplarFilter | undefined>;
    readonly host: Setting<boolean>;
    readonly runtime: Setting<boolean>;
    readonly kernels: Setting<boolean>;
    readonly healthEndpoints: Setting<boolean | "authenticated">;
}
export type ExemplarFilter = "trace_based" | "always_on" | "always_off";
export declare const SETTINGS: Settings;
export declare const COMPOUND_OPTIONS: readonly string[];




// src/options/event-log.d.ts
import { type LogFileSettings } from "./log-file.ts";
import type { Reading } from "./reading.ts";
export interface EventLogSettings extends LogFileSettings {
    readonly file: string;
    readonly fsync?: "batch" | "second" | "never" | undefined;
}
export declare function readEventLog(reading: Reading): EventLogSettings | undefined;

// src/options/log-file.d.ts
import { type Check } from "./checks.ts";
export interface LogFileSettings {
    readonly maxBytes?: number | undefined;
    readonly maxAge?: number | undefined;
    readonly maxFiles?: number | undefined;
}
export declare const LOG_FILE_OPTIONS: readonly ["maxBytes", "maxAge", "maxFiles"];
export declare function logFileSettings(read: (name: (typeof LOG_FILE_OPTIONS)[number], check: Check<number>) => number | undefined): LogFileSettings;



// src/options/history.d.ts
import type { Reading } from "./reading.ts";
export interface HistorySetting {
    readonly options: Readonly<Record<string, unknown>>;
}
export declare function readHistory(reading: Reading): HistorySetting | undefined;


// src/options/instrumentations.d.ts
import type { Reading } from "./reading.ts";
export declare const INSTRUMENTATION_NAMES: readonly ["amqplib", "aws_sqs", "bullmq", "kafkajs", "platformatic_kafka", "mongodb", "mqtt", "mysql2", "pg", "ioredis", "redis", "nats", "ws", "socket_io", "socket_io_redis_adapter", "child_process", "worker_threads", "piscina", "tinypool", "workerpool", "http", "cluster", "etcd3", "redlock", "godaddy_terminus", "nestjs_terminus", "opossum", "grpc_health_check"];
export type InstrumentationName = (typeof INSTRUMENTATION_NAMES)[number];
export declare const UPSTREAM_NAMES: readonly ["undici"];
export type SwitchName = InstrumentationName | (typeof UPSTREAM_NAMES)[number];
export type InstrumentationSettings = Readonly<Partial<Record<SwitchName, Readonly<Record<string, unknown>>>>>;
export declare function readInstrumentations(reading: Reading): InstrumentationSettings;


// src/options/readers.d.ts
import { type LogFileSettings } from "./log-file.ts";
import { type OtlpSettings } from "./otlp.ts";
import type { Reading } from "./reading.ts";
export type ReaderSettings = PrometheusSettings | OtlpSettings | JsonSettings | ConsoleSettings | GivenReader;
export interface PrometheusSettings {
    readonly kind: "prometheus";
    readonly place: string;
    readonly options: Readonly<Record<string, unknown>>;
    readonly anyPort: boolean;
    readonly health: boolean | "authenticated";
}
export interface JsonSettings extends LogFileSettings {
    readonly kind: "json";
    readonly file: string | undefined;
    readonly url: string | undefined;
    readonly format: "document" | "ndjson";
    readonly compress?: boolean | undefined;
    readonly interval: number;
    readonly metricFilter: unknown;
}
export interface ConsoleSettings {
    readonly kind: "console";
    readonly interval: number;
    readonly metricFilter: unknown;
}
export interface GivenReader {
    readonly kind: "given";
    readonly index: number;
}
export declare function readReaders(reading: Reading, interval: number): readonly ReaderSettings[];


// src/options/otlp.d.ts
import { type Check } from "./checks.ts";
import type { Reading } from "./reading.ts";
export type OtlpProtocol = "http/protobuf" | "http/json" | "grpc";
export type TemporalityPreference = "cumulative" | "delta" | "lowmemory";
export interface OtlpSettings {
    readonly kind: "otlp";
    readonly protocol: OtlpProtocol;
    readonly url: string | undefined;
    readonly headers: Readonly<Record<string, string>> | undefined;
    readonly temporality: TemporalityPreference | undefined;
    readonly timeout: number | undefined;
    readonly requestTimeout: number;
    readonly interval: number;
    readonly metricFilter: unknown;
    readonly outbox: unknown;
    readonly outboxPlace: string;
}
export type ReadOption = <T>(key: string, check: Check<T>) => T | undefined;
export declare function otlpSettings(reading: Reading, read: ReadOption, collecting: {
    readonly interval: number;
    readonly metricFilter: unknown;
}, outbox: {
    readonly value: unknown;
    readonly place: string;
}): OtlpSettings;
export declare function isOtlpEndpointSet(reading: Reading): boolean;












// src/readers/snapshot-reader.d.ts
import { MetricReader } from "../engine/index.ts";
export declare class SnapshotReader extends MetricReader {
    constructor();
    protected onForceFlush(): Promise<void>;
    protected onShutdown(): Promise<void>;
}


// src/testing/expectation.d.ts
import { AssertionError } from "node:assert";
import { type Surroundings } from "./explain.ts";
import { type Question } from "./find-series.ts";
import type { RecordedValue } from "./recorded-metric.ts";
export interface MetricExpectation extends Promise<RecordedValue> {
    toBe(expected: number): MetricExpectation;
    toHaveCount(expected: number): MetricExpectation;
    toHaveSum(expected: number): MetricExpectation;
}
export interface CallSite {
    readonly stack?: string;
}
export declare function expectation(question: Question, collected: Promise<Surroundings>, calledAt: CallSite): MetricExpectation;
export declare function failure(message: string, { actual, expected }: {
    readonly actual?: unknown;
    readonly expected?: unknown;
}, { stack }: CallSite): AssertionError;

// src/testing/explain.d.ts
import type { Answer, Question } from "./find-series.ts";
import type { RecordedMetric, RecordedSeries, RecordedValue } from "./recorded-metric.ts";
export interface Surroundings {
    readonly metrics: readonly RecordedMetric[];
    readonly registered: readonly string[];
    readonly errors: readonly unknown[];
}
export declare function explainMissing(question: Question, answer: Exclude<Answer, {
    readonly kind: "value";
}>, surroundings: Surroundings): string;
export declare function explainValue(question: Question, problem: string, series: readonly RecordedSeries[]): string;
export declare function shownValue(value: RecordedValue): string;

// src/testing/find-series.d.ts
import type { Attributes } from "@opentelemetry/api";
import type { RecordedMetric, RecordedSeries, RecordedValue } from "./recorded-metric.ts";
export interface Question {
    readonly name: string;
    readonly attributes: Attributes | undefined;
}
export type Answer = {
    readonly kind: "value";
    readonly value: RecordedValue;
    readonly series: readonly RecordedSeries[];
} | {
    readonly kind: "noMetric";
} | {
    readonly kind: "noSeries";
    readonly series: readonly RecordedSeries[];
}
 | {
    readonly kind: "ambiguous";
    readonly series: readonly RecordedSeries[];
};
export declare function answerTo({ name, attributes }: Question, metrics: readonly RecordedMetric[]): Answer;

// src/testing/recorded-metric.d.ts
import type { Attributes } from "@opentelemetry/api";
import { type ResourceMetrics } from "../engine/index.ts";
export type MetricKind = "counter" | "upDownCounter" | "gauge" | "histogram";
export interface MetricIdentity {
    readonly scope: string;
    readonly name: string;
    readonly kind: MetricKind;
    readonly unit: string;
    readonly description: string;
}
export interface RecordedMetric extends MetricIdentity {
    readonly prometheusName: string;
    readonly series: readonly RecordedSeries[];
}
export interface RecordedSeries {
    readonly attributes: Attributes;
    readonly value: RecordedValue;
}
export type RecordedValue = number | RecordedHistogram;
export interface RecordedHistogram {
    readonly count: number;
    readonly sum: number | undefined;
    readonly min: number | undefined;
    readonly max: number | undefined;
}
export declare function recordedMetrics({ resource, scopeMetrics }: ResourceMetrics): readonly RecordedMetric[];





// src/testing/lint-finding.d.ts
export type LintRule = "name-syntax" | "name-style" | "name-total" | "name-unit" | "name-kind" | "unit-missing" | "unit-unknown" | "description-missing" | "attribute-key" | "cardinality";
export interface LintFinding {
    readonly metric: string;
    readonly scope: string;
    readonly rule: LintRule;
    readonly message: string;
}
export interface LintProblem {
    readonly rule: LintRule;
    readonly problem: string;
}




