// Upstream's OTLP exporters: how they read options and variables. The build bundles their code into this file. Their
// packages require one exact version of the SDK, so users would get a second copy of it. Therefore the types are written
// out here.
import type { Agent as HttpAgent, AgentOptions as HttpAgentOptions } from "node:http";
import type { Agent as HttpsAgent, AgentOptions as HttpsAgentOptions } from "node:https";
import type { MeterProvider } from "@opentelemetry/api";
import { OTLPMetricExporterBase } from "@opentelemetry/exporter-metrics-otlp-http";
import { CompressionAlgorithm } from "@opentelemetry/otlp-exporter-base";
import {
  convertLegacyHttpOptions,
  getSharedConfigurationFromEnvironment,
} from "@opentelemetry/otlp-exporter-base/node-http";
import { currentEnvironment, inEnvironment } from "../../options/environment.ts";
import { endpointUrl, HTTP_URL } from "../../options/otlp.ts";
import type { AggregationOption, AggregationTemporality, InstrumentType } from "../../engine/index.ts";

type AgentFactory = (protocol: string) => HttpAgent | HttpsAgent | Promise<HttpAgent> | Promise<HttpsAgent>;

/** Options of upstream's OTLP exporters over HTTP. */
export interface UpstreamOtlpOptions {
  /** Headers of each request, or a function that returns them. */
  headers?: Record<string, string> | (() => Promise<Record<string, string>>);
  /** @defaultValue `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`, then `http://localhost:4318/v1/metrics` */
  url?: string;
  /** Maximum of concurrent requests. No effect with our own sender, which sends one at a time. */
  concurrencyLimit?: number;
  /** Time for one request, in milliseconds. @defaultValue 10000 */
  timeoutMillis?: number;
  /** Provider of the exporter's self metrics. @defaultValue none */
  selfObsMeterProvider?: MeterProvider;
  /** Whether to keep connections open between requests. @defaultValue true */
  keepAlive?: boolean;
  /** @defaultValue "none" */
  compression?: "none" | "gzip";
  /** Options of the agent, or a function that creates one for a protocol. */
  httpAgentOptions?: HttpAgentOptions | HttpsAgentOptions | AgentFactory;
  /** Prefix of the exporter's own `User-Agent`. */
  userAgent?: string;
  /** A value of upstream's `AggregationTemporalityPreference` (0 delta, 1 cumulative, 2 low memory). */
  temporalityPreference?: 0 | 1 | 2 | AggregationTemporality;
  /** The aggregation of each type of instrument. */
  aggregationPreference?: (instrumentType: InstrumentType) => AggregationOption;
}

/** Settings of an OTLP exporter over HTTP: options, then variables, then defaults. */
export interface HttpSettings {
  readonly url: string;
  readonly headers: () => Promise<Record<string, string>>;
  readonly agentFactory: AgentFactory;
  readonly compression: "none" | "gzip";
  readonly timeoutMillis: number;
  readonly userAgent?: string;
}

/** Temporality and aggregation that a reader uses for each type of instrument. */
export interface Selection {
  selectAggregation(instrumentType: InstrumentType): AggregationOption;
  selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality;
}

/**
 * Reads the options, then `OTEL_EXPORTER_OTLP_*`.
 *
 * @throws Error from upstream if the URL or time-out is invalid.
 */
export function httpSettings(options: UpstreamOtlpOptions, contentType: string): HttpSettings {
  // Upstream appends the path of metrics to the query of an endpoint, and uses one without a scheme.
  const url = endpointUrl(currentEnvironment()) ?? HTTP_URL;
  return inEnvironment(
    () =>
      convertLegacyHttpOptions(upstreamOptions(options), "METRICS", "v1/metrics", {
        "Content-Type": contentType,
      }),
    { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: url },
  );
}

/** The time-out of requests set by the environment, in milliseconds. */
export function timeoutOfEnvironment(): number | undefined {
  return inEnvironment(() => getSharedConfigurationFromEnvironment("METRICS").timeoutMillis);
}

/** Upstream's selection by `options`, then by `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`. */
export function upstreamSelection(options: UpstreamOtlpOptions): Selection {
  return inEnvironment(() => new OTLPMetricExporterBase(NO_DELEGATE, upstreamOptions(options)));
}

const NO_DELEGATE = {
  export: () => {},
  setMetrics: () => {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

type WithEnum<Options extends UpstreamOtlpOptions> = Omit<Options, "compression"> & {
  compression?: CompressionAlgorithm;
};

function upstreamOptions({ compression, ...options }: UpstreamOtlpOptions): WithEnum<UpstreamOtlpOptions> {
  if (compression === undefined) return options;
  const algorithm = compression === "gzip" ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE;
  return { ...options, compression: algorithm };
}
