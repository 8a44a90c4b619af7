// The readers of a configuration. Exporters are loaded on demand.
import { createNoopMeter } from "@opentelemetry/api";
import type { IMetricReader, PushMetricExporter } from "../engine/index.ts";
import type { JsonSettings, OtlpSettings } from "../options/index.ts";
import type { CheckedConfiguration, CheckedPrometheusReader, CheckedReader } from "./reader-problems.ts";
import type { Options } from "./options.ts";
import type { PrometheusExporter } from "../readers/prometheus/index.ts";
import { collectionSinkOf } from "../readers/collection-exporter.ts";
import type { CountedExporterOptions } from "../readers/push-exporter.ts";
import type { PushReader } from "../readers/push-reader.ts";
import { part } from "#on-demand";

/** Access of the readers to the running Tachymeter, which is made after them. */
export interface ReaderContext {
  readonly meter: CountedExporterOptions["meter"];
  readonly onCollection: (durationSeconds: number, metricCount: number) => void;
  readonly eventsCount: () => number;
  readonly running: () => boolean;
}

/** Readers for the provider, grouped by what else has to be done for them. */
export interface MadeReaders {
  readonly readers: readonly IMetricReader[];
  /** The readers that serve HTTP and have to be started. */
  readonly endpoints: readonly PrometheusEndpoint[];
  /** Readers that can export their last interval when the process ends at once. */
  readonly last: readonly PushReader[];
  /** Promises of the other readers; each rejects if the reader does not work as configured. */
  readonly ready: readonly Promise<void>[];
}

/** A Prometheus endpoint that is not listening yet. */
export interface PrometheusEndpoint {
  readonly exporter: PrometheusExporter;
  /** No port is configured, so the next free one may be used. */
  readonly anyPort: boolean;
  /** Access to its health paths. */
  readonly health: boolean | "authenticated";
}

/** Makes all readers of `configuration`; instances made by the caller are taken from `options`. */
export function makeReaders(
  configuration: CheckedConfiguration,
  options: Options,
  context: ReaderContext,
): MadeReaders {
  const endpoints: PrometheusEndpoint[] = [];
  const ready: Promise<void>[] = [];
  const last: PushReader[] = [];
  const readers = configuration.readers.flatMap((settings, index) => {
    if (settings.kind === "given") return givenReader(options, settings.index) ?? [];
    if (settings.kind !== "prometheus") {
      const reader = pushReader(settings, index, configuration.exportTimeoutMillis, context, ready);
      if (settings.kind !== "console") last.push(reader);
      return reader;
    }
    const exporter = new (part("prometheus").PrometheusExporter)(settings.settings);
    if (settings.settings.startsServer) {
      endpoints.push({ exporter, anyPort: settings.anyPort, health: settings.health });
    }
    return exporter;
  });
  return { readers, endpoints, last, ready };
}

type PushSettings = Exclude<CheckedReader, { readonly kind: "given" } | CheckedPrometheusReader>;

function pushReader(
  settings: PushSettings,
  index: number,
  exportTimeoutMillis: number,
  context: ReaderContext,
  ready: Promise<void>[],
): PushReader {
  const { intervalMillis, metricFilter } = settings;
  const own = settings.kind === "otlp" ? settings.timeoutMillis : undefined;
  const timeoutMillis = Math.min(own ?? exportTimeoutMillis, intervalMillis);
  const made = pushExporter(settings, timeoutMillis, context);
  const { PushReader, countedExporter } = part("push");
  const sink = collectionSinkOf(made);
  // An exporter that takes collections counts their outcome itself.
  const exporter =
    sink === undefined
      ? countedExporter(made, {
          name: `${settings.kind}/${index}`,
          type: typeOf(settings),
          timeoutMillis,
          meter: context.meter,
        })
      : made;
  if (sink !== undefined) ready.push(sink.ready);
  const { onCollection } = context;
  return new PushReader({ exporter, intervalMillis, timeoutMillis, metricFilter, onCollection });
}

function pushExporter(
  settings: PushSettings,
  timeoutMillis: number,
  context: ReaderContext,
): PushMetricExporter {
  switch (settings.kind) {
    case "otlp":
      return otlpExporter(settings, timeoutMillis, context);
    case "json":
      return jsonExporter(settings, context);
    case "console":
      return new (part("upstream").ConsoleMetricExporter)();
    default:
      return settings satisfies never;
  }
}

// Values of the semantic conventions, if they define one.
function typeOf(settings: PushSettings): string {
  if (settings.kind !== "otlp") return `${settings.kind}_metric_exporter`;
  return settings.protocol === "grpc" ? "otlp_grpc_metric_exporter" : "otlp_http_json_metric_exporter";
}

function otlpExporter(
  settings: OtlpSettings,
  exportTimeoutMillis: number,
  { meter }: ReaderContext,
): PushMetricExporter {
  const { OtlpExporter } = part("otlp");
  const { protocol, url, headers, temporality, requestTimeoutMillis, outbox } = settings;
  // A queued collection counts as exported, so its requests may take longer than the export time-out.
  const isQueued = protocol === "http/protobuf" || outbox !== undefined;
  return new OtlpExporter({
    protocol,
    ...(url !== undefined && { url }),
    ...(headers !== undefined && { headers: { ...headers } }),
    ...(temporality !== undefined && { temporality }),
    ...(outbox !== undefined && { outbox }),
    timeoutMillis: isQueued ? requestTimeoutMillis : Math.min(requestTimeoutMillis, exportTimeoutMillis),
    selfObsMeterProvider: { getMeter: () => meter() ?? createNoopMeter() },
  });
}

function jsonExporter(settings: JsonSettings, { eventsCount, running }: ReaderContext): PushMetricExporter {
  const { JsonSnapshotExporter } = part("json");
  return new JsonSnapshotExporter({ ...settings, eventsCount, running });
}

// The configuration was checked, so the entry is a reader.
function givenReader(options: Options, index: number): IMetricReader | undefined {
  const reader = options.readers?.[index];
  return typeof reader === "object" && "setMetricProducer" in reader ? reader : undefined;
}
