// Names that are tried for options and variables, since other packages have them, and what to use instead.

const OF_PROMETHEUS = '{ type: "prometheus", port, host, endpoint }';
const OF_OTLP = '{ type: "otlp", url, headers }';
const PROMETHEUS = `be in readers, as ${OF_PROMETHEUS}`;
const OTLP = `be in readers, as ${OF_OTLP}`;
const READERS = 'be named readers, a list such as ["prometheus", { type: "otlp", url }]';
const RESOURCE = 'be in resource, as { "service.version": "1.2.0" }';
const VARIABLE = "be set as the variable";

/** Options of `start()` that do not exist, with the rule for each. */
export const OPTIONS_ELSEWHERE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    port: PROMETHEUS,
    hostname: PROMETHEUS,
    path: PROMETHEUS,
    prometheus: PROMETHEUS,
    endpoint: `${PROMETHEUS} or ${OF_OTLP}`,
    url: OTLP,
    headers: OTLP,
    protocol: OTLP,
    otlp: OTLP,
    metrics: READERS,
    exporter: READERS,
    exporters: READERS,
    metricReader: READERS,
    metricReaders: READERS,
    service: "be named serviceName",
    version: RESOURCE,
    serviceVersion: RESOURCE,
    env: RESOURCE,
    environment: RESOURCE,
    tags: RESOURCE,
    labels: RESOURCE,
    defaultLabels: RESOURCE,
    attributes: RESOURCE,
    interval: "be named collectionInterval, in seconds",
    exportInterval: "be named collectionInterval, in seconds",
    exportIntervalMillis: "be named collectionInterval, in seconds",
    buckets: "be in views, or in the advice of the instrument",
    enabled: `${VARIABLE} OTEL_SDK_DISABLED`,
    disabled: `${VARIABLE} OTEL_SDK_DISABLED`,
    logLevel: `${VARIABLE} OTEL_LOG_LEVEL`,
  }),
);

/** Variables `TACHYMETER_…` that do not exist, without this prefix, and the variable to use for each. */
export const VARIABLES_ELSEWHERE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    PORT: "OTEL_EXPORTER_PROMETHEUS_PORT",
    PROMETHEUS: "OTEL_METRICS_EXPORTER",
    OTLP: "OTEL_METRICS_EXPORTER",
    READERS: "OTEL_METRICS_EXPORTER",
    ENDPOINT: "OTEL_EXPORTER_OTLP_ENDPOINT",
    URL: "OTEL_EXPORTER_OTLP_ENDPOINT",
    INTERVAL: "OTEL_METRIC_EXPORT_INTERVAL",
    COLLECTION_INTERVAL: "OTEL_METRIC_EXPORT_INTERVAL",
    ENABLED: "OTEL_SDK_DISABLED",
  }),
);
