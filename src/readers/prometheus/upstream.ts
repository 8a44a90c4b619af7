// Upstream's exporter, which ours extends. The build bundles its code into this file, since its package asks for one
// exact version of the SDK, and users would get a second copy of it. So the types are written out here.
import type { IncomingMessage, ServerResponse } from "node:http";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import type { MetricProducer, MetricReader } from "../../engine/index.ts";

/** Options of upstream's exporter. */
export interface ExporterConfig {
  /** Prepended to each metric's name, with an underscore. None by default. */
  prefix?: string;
  /** Writes a timestamp with each sample. @defaultValue false */
  appendTimestamp?: boolean;
  /** Path of the metrics. @defaultValue "/metrics" */
  endpoint?: string;
  /** @defaultValue `OTEL_EXPORTER_PROMETHEUS_HOST`, then "127.0.0.1" */
  host?: string;
  /** @defaultValue `OTEL_EXPORTER_PROMETHEUS_PORT`, then 9464 */
  port?: number;
  /** Starts no server: call `startServer()`, or use one of your own. @defaultValue false */
  preventServerStart?: boolean;
  /** Further sources of metrics beside the provider's. */
  metricProducers?: MetricProducer[];
  /** Resource attributes whose keys match become labels of every series. */
  withResourceConstantLabels?: RegExp;
  /** Leaves out the labels of instrumentation scopes. @defaultValue false */
  withoutScopeInfo?: boolean;
  /** Leaves out `target_info`. @defaultValue false */
  withoutTargetInfo?: boolean;
}

/** An instance of upstream's exporter. */
export interface UpstreamExporter extends MetricReader {
  startServer(): Promise<void>;
  stopServer(): Promise<void>;
  getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void;
}

/** The class of upstream's exporter. */
export interface UpstreamExporterClass {
  readonly DEFAULT_OPTIONS: {
    /** A name in newer versions. */
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

/** Upstream's exporter. */
export const UpstreamExporter: UpstreamExporterClass = PrometheusExporter;
