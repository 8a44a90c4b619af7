// Which readers run, and how each is set up.
import {
  type Check,
  duration,
  flag,
  healthAccess,
  isObject,
  oneOf,
  plainUrl,
  text,
  whole,
} from "./checks.ts";
import { listFrom, textFrom } from "./environment.ts";
import { LOG_FILE_OPTIONS, type LogFileSettings, logFileSettings } from "./log-file.ts";
import { isOtlpEndpointSet, otlpSettings, type OtlpSettings, type ReadOption } from "./otlp.ts";
import type { RawOptions, Reading } from "./reading.ts";
import { SETTINGS } from "./settings.ts";

/** One reader, settled. Intervals and time-outs are in seconds. */
export type ReaderSettings = PrometheusSettings | OtlpSettings | JsonSettings | ConsoleSettings | GivenReader;

export interface PrometheusSettings {
  readonly kind: "prometheus";
  /** What its problems are told of: `readers[0]`, or nothing where it comes from the environment. */
  readonly place: string;
  /** The exporter's own options, as they were given. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Nobody chose a port, so the next free one may be taken. */
  readonly anyPort: boolean;
  /** Whether `/livez`, `/readyz` and `/healthz` are answered too, and to whom. */
  readonly health: boolean | "authenticated";
}

/** Of the file that lines are appended to there are settings more. */
export interface JsonSettings extends LogFileSettings {
  readonly kind: "json";
  readonly file: string | undefined;
  readonly url: string | undefined;
  readonly format: "document" | "ndjson";
  readonly compress?: boolean | undefined;
  readonly interval: number;
  /** Checked: it has the methods of a MetricFilter. */
  readonly metricFilter: unknown;
}

export interface ConsoleSettings {
  readonly kind: "console";
  readonly interval: number;
  /** Checked: it has the methods of a MetricFilter. */
  readonly metricFilter: unknown;
}

/** A reader that the caller made: the one at this place of option `readers`. */
export interface GivenReader {
  readonly kind: "given";
  readonly index: number;
}

const READER_WORDS = ["prometheus", "otlp", "json", "console"] as const;
type ReaderWord = (typeof READER_WORDS)[number];

// What an object of each type may hold, so that a misspelt option is not ignored.
const OPTIONS_OF: Readonly<Record<ReaderWord, readonly string[]>> = {
  prometheus: [
    "host",
    "port",
    "endpoint",
    "prefix",
    "appendTimestamp",
    "withResourceConstantLabels",
    "withoutScopeInfo",
    "scopeLabels",
    "withoutTargetInfo",
    "withoutCounterSuffix",
    "withoutCreated",
    "aggregationSelector",
    "metricFilter",
    "translationStrategy",
    "scrapeTimeout",
    "maxConcurrentScrapes",
    "allowedHosts",
    "bearerToken",
    "bearerTokenFile",
    "basicAuth",
    "tls",
    "metricProducers",
    "preventServerStart",
    "health",
  ],
  otlp: ["protocol", "url", "headers", "temporality", "timeout", "interval", "metricFilter", "outbox"],
  json: ["file", "url", "format", ...LOG_FILE_OPTIONS, "compress", "interval", "metricFilter"],
  console: ["interval", "metricFilter"],
};

const readerWord = oneOf(...READER_WORDS);
const FORMAT = oneOf("document", "ndjson");
const METRIC_FILTER: Check<object> = {
  allowed: "an object with the methods testMetric and testAttributes",
  read: (value) =>
    isObject(value) &&
    typeof value["testMetric"] === "function" &&
    typeof value["testAttributes"] === "function"
      ? value
      : undefined,
};
const PORT = whole(0, 65_535);

const ALLOWED = `${readerWord.allowed}, an object with such a \`type\`, or a MetricReader`;

/** The readers of a configuration: option `readers`, else `OTEL_METRICS_EXPORTER`, else one that fits. */
export function readReaders(reading: Reading, interval: number): readonly ReaderSettings[] {
  const given = reading.options["readers"];
  if (given === undefined) return readersFromEnvironment(reading, interval);
  if (!Array.isArray(given)) {
    reading.problem("readers", given, `an array, each entry ${ALLOWED}`);
    return [];
  }
  return given.flatMap((entry: unknown, index) => readReader(reading, entry, index, interval) ?? []);
}

function readersFromEnvironment(reading: Reading, interval: number): readonly ReaderSettings[] {
  const words = listFrom(reading.environment, "OTEL_METRICS_EXPORTER");
  if (words.length === 0) {
    return [readerNamed(reading, isOtlpEndpointSet(reading) ? "otlp" : "prometheus", {}, "", interval)];
  }
  if (words.length === 1 && words[0] === "none") return [];
  return [...new Set(words)].flatMap((word) => {
    const known = readerWord.read(word);
    if (known !== undefined) return readerNamed(reading, known, {}, "", interval);
    reading.problem(
      "OTEL_METRICS_EXPORTER",
      words.join(","),
      `a list, each entry ${readerWord.allowed}, or 'none' alone`,
    );
    return [];
  });
}

function readReader(
  reading: Reading,
  entry: unknown,
  index: number,
  interval: number,
): ReaderSettings | undefined {
  const place = `readers[${index}]`;
  const word = readerWord.read(entry);
  if (word !== undefined) return readerNamed(reading, word, {}, place, interval);
  if (isMetricReader(entry)) return { kind: "given", index };
  const type = isObject(entry) ? readerWord.read(entry["type"]) : undefined;
  if (!isObject(entry) || type === undefined) {
    reading.problem(place, entry, ALLOWED);
    return undefined;
  }
  const { type: _, ...config } = entry;
  refuseUnknown(reading, type, config, place);
  return readerNamed(reading, type, config, place, interval);
}

function refuseUnknown(reading: Reading, type: ReaderWord, config: RawOptions, place: string): void {
  for (const [name, value] of Object.entries(config)) {
    if (OPTIONS_OF[type].includes(name)) continue;
    reading.problem(`${place}.${name}`, value, `only the options ${OPTIONS_OF[type].join(", ")}`);
  }
}

function readerNamed(
  reading: Reading,
  kind: ReaderWord,
  config: RawOptions,
  place: string,
  interval: number,
): ReaderSettings {
  const read: ReadOption = (key, check) =>
    config[key] === undefined ? undefined : reading.checked(`${place}.${key}`, config[key], check);
  const ownInterval = (): number => {
    const own = read("interval", duration);
    if (own !== undefined) warnOfMilliseconds(reading, `${place}.interval`, own);
    return own ?? interval;
  };
  const metricFilter = (): unknown => read("metricFilter", METRIC_FILTER);
  switch (kind) {
    case "prometheus":
      return prometheusSettings(reading, read, config, place);
    case "otlp":
      return otlpSettings(
        reading,
        read,
        { interval: ownInterval(), metricFilter: metricFilter() },
        {
          value: config["outbox"],
          place: `${place}.outbox`,
        },
      );
    case "json":
      return {
        kind,
        ...jsonSettings(reading, read, config, place),
        interval: ownInterval(),
        metricFilter: metricFilter(),
      };
    case "console":
      return { kind, interval: ownInterval(), metricFilter: metricFilter() };
    default:
      return kind satisfies never;
  }
}

// The exporter checks its own options itself.
function prometheusSettings(
  reading: Reading,
  read: ReadOption,
  config: RawOptions,
  place: string,
): PrometheusSettings {
  const { health: _, ...options } = config;
  const anyPort = options["port"] === undefined && !isPortSet(reading);
  const health = read("health", healthAccess) ?? reading.setting(SETTINGS.healthEndpoints);
  return { kind: "prometheus", place, options, anyPort, health };
}

function jsonSettings(
  reading: Reading,
  read: ReadOption,
  config: RawOptions,
  place: string,
): Omit<JsonSettings, "kind" | "interval" | "metricFilter"> {
  const format = read("format", FORMAT) ?? "document";
  const of = format === "ndjson" ? ["url"] : [...LOG_FILE_OPTIONS, "compress"];
  const other = format === "ndjson" ? "document" : "ndjson";
  for (const name of of) {
    if (config[name] !== undefined)
      reading.problem(`${place}.${name}`, config[name], `it with format '${other}' alone`);
  }
  if (format === "ndjson") {
    const file = read("file", text) ?? jsonFile(reading, "tachymeter.ndjson");
    return { file, url: undefined, format, ...logFileSettings(read), compress: read("compress", flag) };
  }
  const to = read("url", plainUrl);
  const file = read("file", text) ?? (to === undefined ? jsonFile(reading, "tachymeter.json") : undefined);
  return { file, url: to, format };
}

// The collector warns of option collectionInterval in the same way.
function warnOfMilliseconds(reading: Reading, name: string, seconds: number): void {
  if (seconds > 3_600) {
    reading.warnings.push(`${name} is ${seconds}: these are seconds, not milliseconds`);
  }
}

function isPortSet(reading: Reading): boolean {
  const port = textFrom(reading.environment, "OTEL_EXPORTER_PROMETHEUS_PORT");
  return port !== undefined && PORT.read(Number(port)) !== undefined;
}

function jsonFile(reading: Reading, fallback: string): string {
  return textFrom(reading.environment, "TACHYMETER_JSON_FILE") ?? fallback;
}

// Upstream's classes exist in several copies and versions, so a reader is known by what it can do.
function isMetricReader(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value["setMetricProducer"] === "function" &&
    typeof value["collect"] === "function"
  );
}
