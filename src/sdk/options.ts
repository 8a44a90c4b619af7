// What `start()` takes.
import type { Attributes, MeterProvider as ApiMeterProvider } from "@opentelemetry/api";
import type { Instrumentation } from "@opentelemetry/instrumentation";
import type { Resource } from "@opentelemetry/resources";
import type { IMetricReader, MetricFilter, ViewOptions } from "../engine/index.ts";
import type { EventLogOptions } from "../facades/index.ts";
import type { HistoryOptions } from "../history/index.ts";
import type { OutboxOptions } from "../readers/otlp/index.ts";
import type { PrometheusExporterOptions } from "../readers/prometheus/index.ts";

/** Options of `start()`. Each wins over its environment variable, which wins over the default. Times are in seconds. */
export interface Options {
  /** Else `OTEL_SERVICE_NAME`, else the name in the started program's package.json. */
  readonly serviceName?: string;
  /** Attributes over those of `OTEL_RESOURCE_ATTRIBUTES`, over those of the detectors. */
  readonly resource?: Attributes;
  /**
   * Where metrics go. Else `OTEL_METRICS_EXPORTER`, else `otlp` where an OTLP endpoint is configured, else `prometheus`
   * on 127.0.0.1:9464 or the next free port.
   */
  readonly readers?: readonly Reader[];
  /** Between two collections of a periodic reader. Else `OTEL_METRIC_EXPORT_INTERVAL` (milliseconds), else 60. */
  readonly collectionInterval?: number;
  /**
   * Seconds that all flushes at the end of the process take at most, from the first sign of its end. Else
   * `TACHYMETER_EXIT_TIMEOUT`.
   *
   * @defaultValue 5
   */
  readonly exitTimeout?: number;
  /** Which instruments are exported how. */
  readonly views?: readonly ViewOptions[];
  /**
   * Series of an instrument, for each reader; what comes beyond them is added up in one more. Else
   * `TACHYMETER_CARDINALITY_LIMIT`, else 2,000.
   */
  readonly cardinalityLimit?: number;
  /**
   * After which an idle series leaves, so that its place is free for another; one that comes back starts anew. Else
   * `TACHYMETER_SERIES_TTL`, else never.
   */
  readonly seriesTimeToLive?: number;
  /**
   * Which measurements may become exemplars: those of sampled spans, all, or none. Else `OTEL_METRICS_EXEMPLAR_FILTER`,
   * else `trace_based`.
   */
  readonly exemplarFilter?: "trace_based" | "always_on" | "always_off";
  /** Your own instrumentations, or ours by name: `{ mqtt: false }`. */
  readonly instrumentations?: readonly Instrumentation[] | Readonly<Record<string, boolean | object>>;
  /** CPU and memory of the machine and the process. @defaultValue true */
  readonly host?: boolean;
  /** Event loop, garbage collection and heap. @defaultValue true */
  readonly runtime?: boolean;
  /** `kernels: true` measures worker threads and what records to `kernels`; else `TACHYMETER_KERNELS`. */
  readonly hooks?: { readonly kernels?: boolean };
  /** Options of the facades, as their own constructors take them. */
  readonly facades?: {
    readonly events?: { readonly maxEvents?: number };
    readonly coordination?: { readonly nodeTimeout?: number };
    readonly messaging?: { readonly system?: string; readonly maxDestinations?: number };
    readonly commands?: { readonly maxCommands?: number };
    readonly system?: { readonly collectionInterval?: number; readonly maxMetricsPerSecond?: number };
    readonly network?: { readonly maxMetricsPerSecond?: number };
    readonly custom?: { readonly maxMetricsPerSecond?: number };
  };
  /**
   * A file to which each event is appended as a line of JSON, or where and how; else `TACHYMETER_EVENT_LOG`, else none.
   */
  readonly eventLog?: string | EventLogOptions;
  /**
   * Keeps what is collected, and events, in a file of this machine, to be asked back: `true` or its options. Else
   * `TACHYMETER_HISTORY`, `true` or a path; off unless set.
   */
  readonly history?: boolean | HistoryOptions;
  /**
   * Another SDK in place of ours, everything attached: `(parts) => new MeterProvider(parts)`. Limit, time to live and
   * exemplar filter are ours alone.
   */
  readonly createMeterProvider?: (parts: {
    readonly resource: Resource;
    readonly views: ViewOptions[];
    readonly readers: IMetricReader[];
  }) => SdkMeterProvider;
}

/** One reader: by name, by its options, or one that you made. */
export type Reader = "prometheus" | "otlp" | "json" | "console" | ReaderConfig | IMetricReader;

/** A reader of ours with its options. Times are in seconds. */
export type ReaderConfig =
  | ({
      readonly type: "prometheus";
      /**
       * Whether `/livez`, `/readyz` and `/healthz` are answered beside the metrics. Else
       * `TACHYMETER_HEALTH_ENDPOINTS`, else they are. A client that is not authenticated gets the status alone;
       * `"authenticated"` refuses it.
       */
      readonly health?: boolean | "authenticated";
    } & PrometheusExporterOptions)
  | {
      readonly type: "otlp";
      readonly protocol?: "http/protobuf" | "http/json" | "grpc";
      /** The full URL, `http://collector:4318/v1/metrics`. */
      readonly url?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly temporality?: "cumulative" | "delta" | "lowmemory";
      readonly timeout?: number;
      readonly interval?: number;
      /** Which metrics and series are exported. @defaultValue all */
      readonly metricFilter?: MetricFilter;
      /** Collections wait on disk until the backend has them. Else `TACHYMETER_OUTBOX_DIRECTORY`. */
      readonly outbox?: OutboxOptions;
    }
  | {
      readonly type: "json";
      /** Else `TACHYMETER_JSON_FILE`, else `tachymeter.json` in the working directory, with `ndjson` `tachymeter.ndjson`. */
      readonly file?: string;
      /** Where the document is posted instead. */
      readonly url?: string;
      /** One document, replaced each time, or one line a series a collection, appended. @defaultValue "document" */
      readonly format?: "document" | "ndjson";
      /** Of lines: the size at which another file is begun. @defaultValue 67108864, 64 MiB */
      readonly maxBytes?: number;
      /** Of lines: the age at which another file is begun. @defaultValue 86400, a day */
      readonly maxAge?: number;
      /** Of lines: how many files are kept that were full or too old. @defaultValue 7 */
      readonly maxFiles?: number;
      /** Of lines: whether those files are compressed by gzip. @defaultValue true */
      readonly compress?: boolean;
      readonly interval?: number;
      readonly metricFilter?: MetricFilter;
    }
  | { readonly type: "console"; readonly interval?: number; readonly metricFilter?: MetricFilter };

/** A meter provider as an SDK has it: the API's, and its end. */
export interface SdkMeterProvider extends ApiMeterProvider {
  forceFlush?(): Promise<void>;
  shutdown?(): Promise<void>;
}
