// The options of `start()`.
import type { AlertOptions } from "../alerts/options.ts";
import type { AnomalyOptions } from "../anomalies/options.ts";
import type { Attributes, MeterProvider as ApiMeterProvider } from "@opentelemetry/api";
import type { Instrumentation } from "../options/instrumentation.ts";
import type { Resource } from "@opentelemetry/resources";
import type { IMetricReader, MeterConfigurator, MetricFilter, ViewOptions } from "../engine/index.ts";
import type {
  CommandsOptions,
  CoordinationOptions,
  CustomOptions,
  EventLogOptions,
  EventsOptions,
  GenAiOptions,
  MessagingOptions,
  NetworkOptions,
  SystemOptions,
} from "../facades/index.ts";
import type { HistoryOptions } from "../history/index.ts";
import type {
  CardinalityLimits,
  GroupOptions,
  LiveOptions,
  McpOptions,
  PageOptions,
  ProfileOptions,
  ResourceDetection,
} from "../options/index.ts";
import type { OutboxOptions } from "../readers/otlp/index.ts";
import type {
  PrometheusExporterOptions,
  PushgatewayOptions,
  RemoteWriteOptions,
} from "../readers/prometheus/index.ts";

/** Options of `start()`. Each overrides its environment variable, which overrides the default. Times are in seconds. */
export interface Options {
  /** Name of the service. By default `OTEL_SERVICE_NAME`, else the name in the started program's package.json. */
  readonly serviceName?: string;
  /** Resource attributes. They override `OTEL_RESOURCE_ATTRIBUTES`, which overrides detected attributes. */
  readonly resource?: Attributes;
  /** Schema URL of the resource. @defaultValue none */
  readonly resourceSchemaUrl?: string;
  /**
   * Detected attributes of the resource: `false` for none, or the detectors, with names of attributes that are included or
   * excluded. By default those of process, host and operating system.
   */
  readonly resourceDetection?: false | ResourceDetection;
  /**
   * Readers, which export the metrics. By default `OTEL_METRICS_EXPORTER`, else `otlp` if an OTLP endpoint is
   * configured, else `prometheus` on 127.0.0.1:9464 or the next free port.
   */
  readonly readers?: readonly Reader[];
  /**
   * Time between two collections of a push reader. By default `OTEL_METRIC_EXPORT_INTERVAL` (milliseconds), else 60.
   */
  readonly collectionInterval?: number;
  /**
   * Maximum seconds of all flushes at the end of the process together, from the first sign of its end. By default
   * `TACHYMETER_EXIT_TIMEOUT`, else 5.
   */
  readonly exitTimeout?: number;
  /**
   * Whether a SIGTERM or SIGINT that the application does not handle flushes before it ends the process. Only with
   * something to flush: a reader that pushes, history, event log, alerts, other processes of the group. Such a listener
   * delays the signal until synchronous work ends. By default `TACHYMETER_SIGNALS`, else true.
   */
  readonly signals?: boolean;
  /**
   * Whether the loader of Node.js is hooked, if a library is installed that an ES module would import unseen. The hook makes the start
   * slower. Without it, such libraries are only measured if they are required. By default `TACHYMETER_LOADER`, else true.
   */
  readonly loader?: boolean;
  /**
   * URL of the proxy through which readers and receivers of alerts send, in place of `HTTPS_PROXY` and `HTTP_PROXY`; `false` for
   * none. `NO_PROXY` has the exceptions.
   */
  readonly proxy?: string | false;
  /** Views, which change how instruments are exported. */
  readonly views?: readonly ViewOptions[];
  /**
   * Turns meters off: called once for the scope of each new meter.
   *
   * @example
   * start({ meterConfigurator: ({ name }) => ({ enabled: name !== "noisy-library" }) });
   */
  readonly meterConfigurator?: MeterConfigurator;
  /**
   * Maximum number of series of an instrument, for each reader; further ones are added up in one overflow series. By
   * default `TACHYMETER_CARDINALITY_LIMIT`, else 2,000.
   */
  readonly cardinalityLimit?: number;
  /**
   * Time after which an idle series is removed, which frees its place; one that comes back starts anew. By default
   * `TACHYMETER_SERIES_TTL`, else never.
   */
  readonly seriesTimeToLive?: number;
  /**
   * Measurements that may become exemplars: those of sampled spans, all, or none. By default
   * `OTEL_METRICS_EXEMPLAR_FILTER`, else `trace_based`.
   */
  readonly exemplarFilter?: "trace_based" | "always_on" | "always_off";
  /**
   * Whether each view that matches an instrument makes a stream of its own, or all of them together one: see
   * `MeterProviderOptions`. @defaultValue "independent"
   */
  readonly viewMatchingMode?: "independent" | "composable";
  /** Additional instrumentations, or the options of Tachymeter's own by name: `{ mqtt: false }`. */
  readonly instrumentations?: readonly Instrumentation[] | Readonly<Record<string, boolean | object>>;
  /** Metrics of the machine and the process. An object turns them on too. @defaultValue true */
  readonly host?:
    | boolean
    | {
        /** Metrics of GPUs; see `tachymeter/gpu`. @defaultValue `TACHYMETER_GPU`, then false */
        readonly gpu?: boolean;
      };
  /** Metrics of event loop, garbage collection and heap. @defaultValue true */
  readonly runtime?: boolean;
  /** `kernels: true` measures worker threads and enables facade `kernels`. By default `TACHYMETER_KERNELS`. */
  readonly hooks?: {
    /**
     * Whether worker threads are measured, and facade `kernels` is enabled.
     *
     * @defaultValue `TACHYMETER_KERNELS`, then false
     */
    readonly kernels?: boolean;
  };
  /** Options of the facades, the same as those of their constructors. */
  readonly facades?: {
    /** Options of facade `events`. */
    readonly events?: Pick<EventsOptions, "maxEvents">;
    /** Options of facade `coordination`. */
    readonly coordination?: Pick<CoordinationOptions, "nodeTimeout">;
    /** Options of facade `messaging`. */
    readonly messaging?: Pick<MessagingOptions, "system" | "maxDestinations">;
    /** Options of facade `commands`. */
    readonly commands?: Pick<CommandsOptions, "maxCommands">;
    /** Options of facade `system`. */
    readonly system?: Pick<SystemOptions, "collectionInterval" | "maxMetricsPerSecond">;
    /** Options of facade `network`. */
    readonly network?: Pick<NetworkOptions, "maxMetricsPerSecond">;
    /** Options of facade `custom`. */
    readonly custom?: Pick<CustomOptions, "maxMetricsPerSecond">;
    /** Options of facade `genAi`. */
    readonly genAi?: Pick<GenAiOptions, "maxNames" | "prices">;
  };
  /** A file to which each event is appended as a line of JSON, or its options. By default `TACHYMETER_EVENT_LOG`. */
  readonly eventLog?: string | EventLogOptions;
  /**
   * Stores metrics and events in a local file that can be queried: `true` or its options. By default
   * `TACHYMETER_HISTORY` (`true` or a path), else off.
   */
  readonly history?: boolean | HistoryOptions;
  /**
   * Serves Prometheus' HTTP API under `/api/v1` of the Prometheus endpoint, with its authentication, for Grafana and
   * `promtool`. Without a reader `prometheus`, one is added. By default `TACHYMETER_API`, else false.
   */
  readonly api?: boolean;
  /**
   * Serves a live page at `/` of the Prometheus endpoint, with its authentication: `true` or its options. See `pageUrl`.
   * Turns on option `api`. By default `TACHYMETER_PAGE`, else false.
   */
  readonly page?: boolean | PageOptions;
  /**
   * Serves agents by the Model Context Protocol at `/mcp` of the Prometheus endpoint, with its authentication: `true` or its
   * options. Turns on option `page`. By default `TACHYMETER_MCP`, else false.
   */
  readonly mcp?: boolean | McpOptions;
  /**
   * Names the functions that block the event loop: `true` or its options. By default `TACHYMETER_PROFILES`, else only while
   * an alert of event loop, processor time or memory pends or fires.
   */
  readonly profiles?: boolean | ProfileOptions;
  /** The last hour in memory that queries answer from. It is kept only with option `api`, or from the first query on. */
  readonly live?: LiveOptions;
  /**
   * Evaluates alert rules in the process and sends alerts to receivers: `true` for the predefined monitors and the log,
   * or its options. By default `TACHYMETER_ALERTS` (`true`, or files of rules), else off.
   */
  readonly alerts?: boolean | AlertOptions;
  /**
   * Watches rates, errors, durations, queues and the use of resources, and records what is unusual: metric
   * `anomaly.active`, event `anomaly.detected`. `true`, or its options. By default `TACHYMETER_ANOMALIES`, else off.
   */
  readonly anomalies?: boolean | AnomalyOptions;
  /**
   * Threads and processes of one service as one: `true`, `false`, a name or its options. By default
   * `TACHYMETER_GROUP` (`auto`, `false` or a name), else on.
   */
  readonly group?: boolean | string | GroupOptions;
  /**
   * Uses another SDK's meter provider, with all parts attached: `(parts) => new MeterProvider(parts)`. Options
   * `cardinalityLimit`, `seriesTimeToLive`, `exemplarFilter` and `viewMatchingMode` have no effect on it.
   */
  readonly createMeterProvider?: (parts: {
    readonly resource: Resource;
    readonly views: ViewOptions[];
    readonly readers: IMetricReader[];
  }) => SdkMeterProvider;
}

/** One reader: by name, by its options, or an instance. */
export type Reader = "prometheus" | "otlp" | "json" | "console" | ReaderConfig | IMetricReader;

/** One of Tachymeter's readers with its options. Times are in seconds. */
export type ReaderConfig =
  | ({
      /** Serves the metrics to Prometheus. */
      readonly type: "prometheus";
      /**
       * Whether `/livez`, `/readyz` and `/healthz` are served beside the metrics. By default
       * `TACHYMETER_HEALTH_ENDPOINTS`, else `true`. An unauthenticated client receives only the status; with
       * `"authenticated"` its request is refused.
       */
      readonly health?: boolean | "authenticated";
    } & PrometheusExporterOptions)
  | ({
      /** Sends the metrics to an OTLP backend. */
      readonly type: "otlp";
      /**
       * Protocol of the backend. By default `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL`, then `OTEL_EXPORTER_OTLP_PROTOCOL`,
       * then `http/protobuf`.
       */
      readonly protocol?: "http/protobuf" | "http/json" | "grpc";
      /** The full URL, `http://otel-collector:4318/v1/metrics`. */
      readonly url?: string;
      /** Headers of each request, in addition to those of `OTEL_EXPORTER_OTLP_HEADERS`, which they override. */
      readonly headers?: Readonly<Record<string, string>>;
      /** Compression of requests. By default `OTEL_EXPORTER_OTLP_METRICS_COMPRESSION`, else `none`. */
      readonly compression?: "none" | "gzip";
      /** Files of certificates in PEM format. By default those of `OTEL_EXPORTER_OTLP_CERTIFICATE` and others. */
      readonly tls?: {
        /** Authorities that the backend's certificate is checked by. */
        readonly caFile?: string;
        /** Client certificate. */
        readonly certFile?: string;
        /** Private key of the client certificate. */
        readonly keyFile?: string;
      };
      /**
       * Time-out of an export, failed attempts included. By default `OTEL_EXPORTER_OTLP_METRICS_TIMEOUT`, then
       * `OTEL_EXPORTER_OTLP_TIMEOUT` (milliseconds), then 10.
       */
      readonly timeout?: number;
      /** Keeps collections on disk until the backend has them. By default `TACHYMETER_OUTBOX_DIRECTORY`, else off. */
      readonly outbox?: OutboxOptions;
      /**
       * Maximum of a request in bytes, before compression. A larger collection is sent in several requests. By default 4
       * MiB, and 64 MiB for one data point.
       */
      readonly maxRequestBytes?: number;
      /** Maximum of a response in bytes; a longer one counts as a rejection. @defaultValue 4194304, 4 MiB */
      readonly maxResponseBytes?: number;
    } & ExportOptions &
      AggregationOptions)
  | ({
      /** Writes the metrics as JSON to a file or a URL. */
      readonly type: "json";
      /** Path of the file. By default `TACHYMETER_JSON_FILE`, else `tachymeter.json`, or `.ndjson` with that format. */
      readonly file?: string;
      /** URL to which the document is sent by POST, instead of a file. */
      readonly url?: string;
      /**
       * With `"document"`, each collection replaces the document. With `"ndjson"`, it appends one line for each series.
       *
       * @defaultValue "document"
       */
      readonly format?: "document" | "ndjson";
      /** With `"ndjson"`: size in bytes at which a new file is started. @defaultValue 67108864, 64 MiB */
      readonly maxBytes?: number;
      /** With `"ndjson"`: age at which a new file is started. @defaultValue 86400, a day */
      readonly maxAge?: number;
      /** With `"ndjson"`: number of rotated files that are kept. @defaultValue 7 */
      readonly maxFiles?: number;
      /** With `"ndjson"`: whether rotated files are compressed with gzip. @defaultValue true */
      readonly compress?: boolean;
    } & ExportOptions)
  | ({
      /** Pushes the metrics to a Prometheus Pushgateway. */
      readonly type: "pushgateway";
    } & ExportOptions &
      PushgatewayOptions)
  | ({
      /** Sends the metrics by Prometheus' remote write. */
      readonly type: "remote-write";
    } & ExportOptions &
      RemoteWriteOptions)
  | ({
      /** Writes one line of OTLP's JSON encoding for each collection. */
      readonly type: "otlp-file";
      /** Path of the file, which is not rotated. @defaultValue standard output */
      readonly file?: string;
    } & ExportOptions &
      AggregationOptions)
  | ({
      /** Writes the metrics to the console. */
      readonly type: "console";
    } & ExportOptions &
      AggregationOptions);

/** Options of all readers that export at an interval. */
export interface ExportOptions {
  /** Seconds between two collections. @defaultValue `collectionInterval` */
  readonly interval?: number;
  /** Time-out of one export in seconds. By default `OTEL_METRIC_EXPORT_TIMEOUT`, at most the interval. */
  readonly exportTimeout?: number;
  /** Maximum number of series of an instrument by its kind. @defaultValue option `cardinalityLimit` */
  readonly cardinalityLimits?: CardinalityLimits;
  /** Filter of the exported metrics and series. @defaultValue all */
  readonly metricFilter?: MetricFilter;
}

/** Temporality, aggregation and size of exports of a reader. */
export interface AggregationOptions {
  /**
   * Whether values count from the start or from the last collection; `lowmemory` chooses by instrument. By default
   * `cumulative`; for reader `otlp` first `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`.
   */
  readonly temporality?: "cumulative" | "delta" | "lowmemory";
  /**
   * Aggregation of histograms. By default `explicit_bucket_histogram`; for reader `otlp` first
   * `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`.
   */
  readonly histogramAggregation?: "explicit_bucket_histogram" | "base2_exponential_bucket_histogram";
  /** Maximum number of data points in an export. A larger collection is exported in several. @defaultValue none */
  readonly maxExportBatchSize?: number;
}

/** An SDK's meter provider: that of the API, with flush and shutdown. */
export interface SdkMeterProvider extends ApiMeterProvider {
  /** Collects and exports with every reader now. */
  forceFlush?(): Promise<void>;
  /** Flushes and ends every reader. */
  shutdown?(): Promise<void>;
}
