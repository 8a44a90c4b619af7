// src/readers/prometheus/index.d.ts
export { PrometheusAdapter } from "./adapter.ts";
export { PrometheusExporter } from "./exporter.ts";
export { ListenError, PortInUseError } from "./listen-error.ts";
export { type PrometheusExporterOptions } from "./options.ts";
export { PrometheusOptionsError, type PrometheusOptionsProblem } from "./options-error.ts";
export { renderPrometheus } from "./render.ts";
export { type FormatOptions } from "./text-format.ts";

// src/readers/prometheus/adapter.d.ts
import { MetricsExporter, type MetricsSource } from "../../facades/metrics-exporter.ts";
import { type FormatOptions } from "./text-format.ts";
export declare class PrometheusAdapter extends MetricsExporter {
    #private;
    constructor(file: string, options?: FormatOptions);
    exportMetrics(source: MetricsSource): Promise<void>;
}


// src/readers/prometheus/text-format.d.ts
export interface FormatOptions {
    readonly format?: "text" | undefined;
}
export declare function assertFormat(thing: string, options: FormatOptions): void;

// src/readers/prometheus/exporter.d.ts
import type { IncomingMessage, ServerResponse } from "node:http";
import { PrometheusExporter as UpstreamExporter } from "@opentelemetry/exporter-prometheus";
import type { AggregationTemporality, InstrumentType } from "../../engine/index.ts";
import { type PrometheusExporterOptions } from "./options.ts";
export declare class PrometheusExporter extends UpstreamExporter {
    #private;
    constructor(options?: PrometheusExporterOptions, callback?: (error: Error | void) => void);
    selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality;
    get url(): string | undefined;
    startServer(): Promise<void>;
    stopServer(): Promise<void>;
    getMetricsRequestHandler(_request: IncomingMessage, response: ServerResponse): void;
}


// src/readers/prometheus/options.d.ts
import type { ExporterConfig } from "@opentelemetry/exporter-prometheus";
export interface PrometheusExporterOptions extends ExporterConfig {
    readonly host?: string;
    readonly port?: number;
    readonly prefix?: string;
}
export interface PrometheusSettings {
    readonly host: string;
    readonly port: number;
    readonly endpoint: string;
    readonly prefix: string;
}
export declare function settingsFromOptions(options: PrometheusExporterOptions): PrometheusSettings;

// src/readers/prometheus/listen-error.d.ts
export declare class PortInUseError extends Error {
    readonly name = "PortInUseError";
    readonly code = "TACHYMETER_PORT_IN_USE";
}
export declare class ListenError extends Error {
    readonly name = "ListenError";
    readonly code = "TACHYMETER_LISTEN";
}
export declare function listenErrorFrom(cause: NodeJS.ErrnoException, host: string, port: number): PortInUseError | ListenError;


// src/readers/prometheus/options-error.d.ts
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

// src/readers/prometheus/render.d.ts
import type { ResourceMetrics } from "../../engine/index.ts";
import { type FormatOptions } from "./text-format.ts";
export declare function renderPrometheus(metrics: ResourceMetrics, options?: FormatOptions): string;



