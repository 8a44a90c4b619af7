// The readers of a configuration. Exporters are loaded when they are asked for.
import { createRequire } from "node:module";
import { ConsoleMetricExporter, type IMetricReader, type PushMetricExporter } from "./engine/index.ts";
import type {
  Configuration,
  JsonSettings,
  OtlpSettings,
  PrometheusSettings,
  ReaderSettings,
} from "./config/index.ts";
import type { Options } from "./options.ts";
import type { PrometheusExporter } from "./readers/prometheus/index.ts";
import { type CountedExporterOptions, countedExporter } from "./readers/push-exporter.ts";
import { PushReader } from "./readers/push-reader.ts";

const require = createRequire(import.meta.url);

/** What the readers need of the running Tachymeter, which is made after them. */
export interface ReaderSurroundings {
  readonly meter: CountedExporterOptions["meter"];
  readonly onCollection: (durationSeconds: number, metricCount: number) => void;
  readonly eventsCount: () => number;
  readonly running: () => boolean;
}

/** Readers for the provider, and those among them that serve HTTP and have to be started. */
export interface MadeReaders {
  readonly readers: readonly IMetricReader[];
  readonly endpoints: readonly PrometheusEndpoint[];
}

/** A Prometheus endpoint that is not listening yet. */
export interface PrometheusEndpoint {
  readonly exporter: PrometheusExporter;
  /** Nobody chose its port, so the next free one may be taken. */
  readonly anyPort: boolean;
}

/** Makes all readers of `configuration`; those that the caller made come from `options`. */
export function makeReaders(
  configuration: Configuration,
  options: Options,
  surroundings: ReaderSurroundings,
): MadeReaders {
  const endpoints: PrometheusEndpoint[] = [];
  const readers = configuration.readers.flatMap((settings, index) => {
    if (settings.kind === "given") return givenReader(options, settings.index) ?? [];
    if (settings.kind !== "prometheus") {
      return pushReader(settings, index, configuration.exportTimeout, surroundings);
    }
    const exporter = prometheusExporter(settings);
    if (settings.options["preventServerStart"] !== true) {
      endpoints.push({ exporter, anyPort: settings.anyPort });
    }
    return exporter;
  });
  return { readers, endpoints };
}

type PushSettings = Exclude<ReaderSettings, { readonly kind: "given" } | PrometheusSettings>;

function pushReader(
  settings: PushSettings,
  index: number,
  exportTimeout: number,
  surroundings: ReaderSurroundings,
): IMetricReader {
  const { interval } = settings;
  const own = settings.kind === "otlp" ? settings.timeout : undefined;
  const timeout = Math.min(own ?? exportTimeout, interval);
  const exporter = countedExporter(pushExporter(settings, timeout, surroundings), {
    name: `${settings.kind}/${index}`,
    timeout,
    meter: surroundings.meter,
  });
  return new PushReader({ exporter, interval, onCollection: surroundings.onCollection });
}

function pushExporter(
  settings: PushSettings,
  timeout: number,
  surroundings: ReaderSurroundings,
): PushMetricExporter {
  switch (settings.kind) {
    case "otlp":
      return otlpExporter(settings, timeout);
    case "json":
      return jsonExporter(settings, surroundings);
    case "console":
      return new ConsoleMetricExporter();
    default:
      return settings satisfies never;
  }
}

function prometheusExporter({ options }: PrometheusSettings): PrometheusExporter {
  const {
    PrometheusExporter,
  }: typeof import("./readers/prometheus/index.ts") = require("tachymeter/prometheus");
  return new PrometheusExporter({ ...options, preventServerStart: true });
}

function otlpExporter(settings: OtlpSettings, exportTimeout: number): PushMetricExporter {
  const { OtlpExporter }: typeof import("./readers/otlp/index.ts") = require("tachymeter/otlp");
  const { protocol, url, headers, temporality, requestTimeout } = settings;
  return new OtlpExporter({
    protocol,
    ...(url !== undefined && { url }),
    ...(headers !== undefined && { headers: { ...headers } }),
    ...(temporality !== undefined && { temporality }),
    // A request that went on after its export had failed would run beside the next one's.
    timeoutMillis: Math.min(requestTimeout, exportTimeout) * 1_000,
  });
}

function jsonExporter(
  settings: JsonSettings,
  { eventsCount, running }: ReaderSurroundings,
): PushMetricExporter {
  const { JsonSnapshotExporter }: typeof import("./readers/json/index.ts") = require("tachymeter/json");
  return new JsonSnapshotExporter({ ...settings, eventsCount, running });
}

// Known to be a reader: the configuration was checked.
function givenReader(options: Options, index: number): IMetricReader | undefined {
  const reader = options.readers?.[index];
  return typeof reader === "object" && "setMetricProducer" in reader ? reader : undefined;
}
