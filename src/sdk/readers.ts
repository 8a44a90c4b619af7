// The readers of a configuration. Exporters are loaded on demand.
import { createNoopMeter, type MeterProvider } from "@opentelemetry/api";
import type { IMetricReader, PushMetricExporter } from "../engine/index.ts";
import type { OtlpSettings } from "../options/index.ts";
import {
  type CheckedConfiguration,
  type CheckedPrometheusReader,
  type CheckedReader,
  otlpOptions,
} from "./reader-problems.ts";
import type { Options } from "./options.ts";
import type {
  PrometheusExporter,
  PushgatewayExporter,
  RemoteWriteExporter,
} from "../readers/prometheus/index.ts";
import { ignoreErrors } from "../io/stream-guard.ts";
import { collectionSinkOf } from "../readers/collection-exporter.ts";
import type { CountedExporterOptions } from "../readers/push-exporter.ts";
import type { PushReader } from "../readers/push-reader.ts";
import type { Reader } from "../readers/reader.ts";
import { part } from "#on-demand";

/** Access of the readers to the running Tachymeter, which is made after them. */
export interface ReaderContext {
  readonly meter: CountedExporterOptions["meter"];
  readonly onCollection: (durationSeconds: number, metricCount: number) => void;
  readonly eventsCount: () => number;
  readonly running: () => boolean;
}

/** One reader. */
export interface MadeReader {
  readonly settings: CheckedReader;
  /** Its entry in option `readers`; `undefined` for a reader of the application, and one that another option adds. */
  readonly given?: unknown;
  readonly reader: IMetricReader;
  /** Endpoint of a Prometheus reader with a server of its own. */
  readonly endpoint?: PrometheusEndpoint;
  /** The reader, if it is flushed at the end of the process. */
  readonly last?: PushReader;
  /** Rejects if the reader does not work as configured. */
  readonly ready?: Promise<void>;
}

/** A reader that {@link makeReader} has made. */
export interface OwnReader extends MadeReader {
  readonly settings: OwnSettings;
  readonly reader: Reader;
  readonly last?: PushReader;
}

type OwnSettings = Exclude<CheckedReader, { readonly kind: "given" }>;

/** A Prometheus endpoint that is not listening yet. */
export interface PrometheusEndpoint {
  readonly exporter: PrometheusExporter;
  /** No port is configured, so the next free one may be used. */
  readonly anyPort: boolean;
  /** Access to its health paths. */
  readonly health: boolean | "authenticated";
  /** Whether it has the live page. */
  readonly hasPage: boolean;
  /** Whether it also serves the HTTP API. */
  readonly hasApi: boolean;
}

/** Makes all readers of `configuration`; instances made by the caller are taken from `options`. */
export function makeReaders(
  configuration: CheckedConfiguration,
  options: Options,
  context: ReaderContext,
): readonly MadeReader[] {
  return configuration.readers.flatMap((settings, index) => {
    if (settings.kind !== "given")
      return { ...makeReader(settings, index, configuration, context), given: options.readers?.[index] };
    const reader = givenReader(options, settings.index);
    return reader === undefined ? [] : { settings, reader };
  });
}

/** Makes the reader with this index in the configuration. */
export function makeReader(
  settings: OwnSettings,
  index: number,
  configuration: CheckedConfiguration,
  context: ReaderContext,
): OwnReader {
  if (settings.kind !== "prometheus")
    return pushReader(settings, index, configuration.exportTimeoutMillis, context);
  const reader = new (part("endpoint").PrometheusExporter)(settings.settings);
  if (!settings.settings.startsServer) return { settings, reader };
  const { anyPort, health } = settings;
  return {
    settings,
    reader,
    endpoint: {
      exporter: reader,
      anyPort,
      health,
      hasPage: configuration.page !== undefined,
      hasApi: configuration.api,
    },
  };
}

type PushSettings = Exclude<OwnSettings, CheckedPrometheusReader>;

function pushReader(
  settings: PushSettings,
  index: number,
  exportTimeoutMillis: number,
  context: ReaderContext,
): OwnReader {
  const { intervalMillis, metricFilter, cardinalityLimits } = settings;
  const own = settings.exportTimeoutMillis ?? (settings.kind === "otlp" ? settings.timeoutMillis : undefined);
  const timeoutMillis = own ?? exportTimeoutMillis;
  const made = pushExporter(settings, context);
  const { PushReader, countedExporter } = part("push");
  const sink = collectionSinkOf(made);
  // An exporter that takes collections counts their outcome itself, unless it writes them as they are.
  const exporter =
    sink === undefined || settings.kind === "json" || settings.kind === "otlp-file"
      ? countedExporter(made, {
          name: `${settings.kind}/${index}`,
          type: typeOf(settings),
          get timeoutMillis() {
            return reader.timeoutMillis;
          },
          meter: context.meter,
        })
      : made;
  const { onCollection } = context;
  const selection = settings.kind === "console" || settings.kind === "otlp-file" ? settings : undefined;
  const reader: PushReader = new PushReader({
    exporter,
    intervalMillis,
    // Console and file have no backend that many processes share; their options are the selection.
    ...(selection === undefined && { startShare: Math.random }),
    timeoutMillis,
    metricFilter,
    cardinalityLimits,
    maxExportBatchSize: "maxExportBatchSize" in settings ? settings.maxExportBatchSize : undefined,
    selection,
    onCollection,
  });
  return {
    settings,
    reader,
    ...(settings.kind !== "console" && { last: reader }),
    ...(sink !== undefined && { ready: sink.ready }),
  };
}

function pushExporter(settings: PushSettings, context: ReaderContext): PushMetricExporter {
  switch (settings.kind) {
    case "otlp":
      return otlpExporter(settings, context);
    case "json":
      return new (part("json").JsonSnapshotExporter)(settings, context);
    case "pushgateway":
      return observed(new (part("prometheus").PushgatewayExporter)(settings.exporter), context);
    case "remote-write":
      return observed(new (part("prometheus").RemoteWriteExporter)(settings.exporter), context);
    case "otlp-file":
      return new (part("otlp").OtlpFileExporter)(settings.file);
    case "console":
      return withoutStdoutErrors(new (part("metrics").ConsoleMetricExporter)());
    default:
      return settings satisfies never;
  }
}

// The exporter prints by `console`.
function withoutStdoutErrors(exporter: PushMetricExporter): PushMetricExporter {
  const print = exporter.export.bind(exporter);
  exporter.export = (metrics, resultCallback) => {
    const release = ignoreErrors(process.stdout);
    print(metrics, resultCallback);
    process.stdout.write("", release);
  };
  return exporter;
}

// Values of the semantic conventions, if they define one.
function typeOf(settings: PushSettings): string {
  return settings.kind === "otlp-file" ? "otlp_file_metric_exporter" : `${settings.kind}_metric_exporter`;
}

function otlpExporter(settings: OtlpSettings, { meter }: ReaderContext): PushMetricExporter {
  const { requestTimeoutMillis, outbox } = settings;
  // A queued collection counts as exported, so its requests may take longer than the export time-out.
  return new (part("otlp").OtlpExporter)({
    ...otlpOptions(settings),
    ...(outbox !== undefined && { outbox }),
    timeoutMillis: requestTimeoutMillis,
    selfObsMeterProvider: metersOf(meter),
  });
}

function observed(
  exporter: PushgatewayExporter | RemoteWriteExporter,
  { meter }: ReaderContext,
): PushMetricExporter {
  exporter.setSelfObsMeterProvider(metersOf(meter));
  return exporter;
}

function metersOf(meter: ReaderContext["meter"]): MeterProvider {
  return { getMeter: () => meter() ?? createNoopMeter() };
}

// The configuration was checked, so the entry is a reader.
function givenReader(options: Options, index: number): IMetricReader | undefined {
  const reader = options.readers?.[index];
  return typeof reader === "object" && "setMetricProducer" in reader ? reader : undefined;
}
