// The readers of a configuration. Exporters are loaded when they are asked for.
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

/** What the readers need of the running Tachymeter, which is made after them. */
export interface ReaderContext {
  readonly meter: CountedExporterOptions["meter"];
  readonly onCollection: (durationSeconds: number, metricCount: number) => void;
  readonly eventsCount: () => number;
  readonly running: () => boolean;
}

/** Readers for the provider, and those among them that serve HTTP and have to be started. */
export interface MadeReaders {
  readonly readers: readonly IMetricReader[];
  readonly endpoints: readonly PrometheusEndpoint[];
  /** Those whose last interval need not be lost when the process ends at once. */
  readonly last: readonly PushReader[];
  /** Of the others, what only the system can tell: each rejects where it does not work as it was configured. */
  readonly ready: readonly Promise<void>[];
}

/** A Prometheus endpoint that is not listening yet. */
export interface PrometheusEndpoint {
  readonly exporter: PrometheusExporter;
  /** Nobody chose its port, so the next free one may be taken. */
  readonly anyPort: boolean;
  /** Whether it answers questions after health too, and to whom. */
  readonly health: boolean | "authenticated";
}

/** Makes all readers of `configuration`; those that the caller made come from `options`. */
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
  const exporter = pushExporter(settings, index, timeoutMillis, context);
  const sink = collectionSinkOf(exporter);
  if (sink !== undefined) ready.push(sink.ready);
  const { PushReader } = part("push");
  const { onCollection } = context;
  return new PushReader({ exporter, intervalMillis, timeoutMillis, metricFilter, onCollection });
}

function pushExporter(
  settings: PushSettings,
  index: number,
  timeoutMillis: number,
  context: ReaderContext,
): PushMetricExporter {
  const counted = (exporter: PushMetricExporter): PushMetricExporter =>
    part("push").countedExporter(exporter, {
      name: `${settings.kind}/${index}`,
      type: typeOf(settings),
      timeoutMillis,
      meter: context.meter,
    });
  switch (settings.kind) {
    case "otlp": {
      const exporter = otlpExporter(settings, timeoutMillis, context);
      // One that takes collections counts by itself what becomes of them.
      return collectionSinkOf(exporter) === undefined ? counted(exporter) : exporter;
    }
    case "json":
      return counted(jsonExporter(settings, context));
    case "console":
      return counted(new (part("upstream").ConsoleMetricExporter)());
    default:
      return settings satisfies never;
  }
}

// The words of the semantic conventions where they have one.
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
  // A queued collection counts as exported: no interval cuts off the requests to a slow receiver.
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

// Known to be a reader: the configuration was checked.
function givenReader(options: Options, index: number): IMetricReader | undefined {
  const reader = options.readers?.[index];
  return typeof reader === "object" && "setMetricProducer" in reader ? reader : undefined;
}
