// The readers of a configuration.
import { healthAccess, isObject, oneOf, path, whole, withMethods } from "./check.ts";
import { textFrom, wordsFrom } from "./environment.ts";
import { type JsonSettings, parseJson } from "./json.ts";
import { isOtlpEndpointSet, type OtlpSettings, parseOtlp } from "./otlp.ts";
import type { Parser, RawOptions } from "./parser.ts";
import { PUSH, type PushSettings, pushSettings } from "./push.ts";
import { SELECTION, type SelectionOptions } from "./selection.ts";
import { parsePushgateway, type PushgatewayReader } from "./pushgateway.ts";
import { parseRemoteWrite, type RemoteWriteReader } from "./remote-write.ts";
import { SETTINGS } from "./settings.ts";

/** One reader, parsed. */
export type ReaderSettings =
  | PrometheusReader
  | OtlpSettings
  | JsonSettings
  | PushgatewayReader
  | RemoteWriteReader
  | ConsoleSettings
  | OtlpFileSettings
  | GivenReader;

export interface PrometheusReader {
  readonly kind: "prometheus";
  /** Name of the reader in problems: `readers[0]`; empty if it comes from the environment. */
  readonly place: string;
  /** Options of the exporter, which parses them itself: see `checkReaders`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** No port is configured, so the next free one may be used. */
  readonly anyPort: boolean;
  /** Access to `/livez`, `/readyz` and `/healthz`. */
  readonly health: boolean | "authenticated";
}

export interface ConsoleSettings extends PushSettings, SelectionOptions {
  readonly kind: "console";
}

export interface OtlpFileSettings extends PushSettings, SelectionOptions {
  readonly kind: "otlp-file";
  /** `undefined` for standard output. */
  readonly file: string | undefined;
  /** Name of the file's option in problems. */
  readonly filePlace: string;
}

/** A reader made by the caller, by its index in option `readers`. */
export interface GivenReader {
  readonly kind: "given";
  readonly index: number;
}

const READER_WORDS = ["prometheus", "otlp", "json", "console"] as const;
type ReaderType = Exclude<ReaderSettings["kind"], "given">;
/** All types of readers. Those without a short form need options, so they have no variables. */
export const READER_TYPES: readonly ReaderType[] = [
  ...READER_WORDS,
  "otlp-file",
  "pushgateway",
  "remote-write",
];

const readerWord = oneOf(...READER_WORDS);
const readerType = oneOf(...READER_TYPES);
const PORT = whole(0, 65_535);
const METRIC_READER = withMethods("be a MetricReader", "setMetricProducer", "collect");
const ENTRY = `one of ${quoted(READER_WORDS)}, an object whose \`type\` is one of ${quoted(READER_TYPES)}, or a MetricReader`;

/**
 * The readers of a configuration: option `readers`, else `OTEL_METRICS_EXPORTER`, else `otlp` if an endpoint is set,
 * else `prometheus`. With `isServed`, there is a `prometheus` in any case, whose server has further paths.
 */
export function readersFromStart(
  parser: Parser,
  intervalMillis: number,
  { isServed = false }: { readonly isServed?: boolean } = {},
): readonly ReaderSettings[] {
  const readers = configuredReaders(parser, intervalMillis);
  const isThere = readers.some(({ kind }) => kind === "prometheus");
  return isServed && !isThere ? [...readers, prometheusReader(parser, {}, "")] : readers;
}

function configuredReaders(parser: Parser, intervalMillis: number): readonly ReaderSettings[] {
  const given = parser.options["readers"];
  if (given === undefined) return readersFromEnvironment(parser, intervalMillis);
  if (!Array.isArray(given)) {
    parser.problem("readers", given, `be an array whose entries are each ${ENTRY}`);
    return [];
  }
  return given.flatMap((entry: unknown, index) => readerFrom(parser, entry, index, intervalMillis) ?? []);
}

function readersFromEnvironment(parser: Parser, intervalMillis: number): readonly ReaderSettings[] {
  const words = wordsFrom(parser.environment, "OTEL_METRICS_EXPORTER");
  if (words.length === 0) {
    return [readerNamed(parser, isOtlpEndpointSet(parser) ? "otlp" : "prometheus", {}, "", intervalMillis)];
  }
  if (words.length === 1 && words[0] === "none") return [];
  return [...new Set(words)].flatMap((word) => {
    const known = readerWord.read(word);
    if (known !== undefined) return readerNamed(parser, known, {}, "", intervalMillis);
    const must = `be a list with entries from ${READER_WORDS.join(", ")}, or 'none' alone`;
    return parser.problem("OTEL_METRICS_EXPORTER", words.join(","), must) ?? [];
  });
}

function readerFrom(
  parser: Parser,
  entry: unknown,
  index: number,
  intervalMillis: number,
): ReaderSettings | undefined {
  const place = `readers[${index}]`;
  const word = readerWord.read(entry);
  if (word !== undefined) return readerNamed(parser, word, {}, place, intervalMillis);
  if (METRIC_READER.read(entry) !== undefined) return { kind: "given", index };
  const type = isObject(entry) ? readerType.read(entry["type"]) : undefined;
  if (!isObject(entry) || type === undefined) return parser.problem(place, entry, `be ${ENTRY}`);
  const { type: _, ...config } = entry;
  return readerNamed(parser, type, config, place, intervalMillis);
}

function readerNamed(
  parser: Parser,
  kind: ReaderType,
  given: RawOptions,
  place: string,
  intervalMillis: number,
): ReaderSettings {
  switch (kind) {
    case "prometheus":
      return prometheusReader(parser, given, place);
    case "otlp":
      return parseOtlp(parser, given, place, intervalMillis);
    case "json":
      return parseJson(parser, given, place, intervalMillis);
    case "pushgateway":
      return parsePushgateway(parser, given, place, intervalMillis);
    case "remote-write":
      return parseRemoteWrite(parser, given, place, intervalMillis);
    case "console": {
      const fields = parser.fields(place, given, { ...PUSH, ...SELECTION });
      return { kind, ...selectionOf(fields), ...pushSettings(parser, fields, place, intervalMillis) };
    }
    case "otlp-file": {
      const fields = parser.fields(place, given, { ...PUSH, ...SELECTION, file: path("a file") });
      const { file } = fields;
      const settings = pushSettings(parser, fields, place, intervalMillis);
      return { kind, file, filePlace: `${place}.file`, ...selectionOf(fields), ...settings };
    }
    default:
      return kind satisfies never;
  }
}

function selectionOf({
  temporality,
  histogramAggregation,
  maxExportBatchSize,
}: SelectionOptions): SelectionOptions {
  return { temporality, histogramAggregation, maxExportBatchSize };
}

// The exporter parses its own options.
function prometheusReader(parser: Parser, given: RawOptions, place: string): PrometheusReader {
  const { health: access, ...options } = given;
  const anyPort = options["port"] === undefined && !isPortSet(parser);
  const health =
    parser.optional(`${place}.health`, access, healthAccess) ?? parser.setting(SETTINGS.healthEndpoints);
  return { kind: "prometheus", place, options, anyPort, health };
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(", ");
}

function isPortSet(parser: Parser): boolean {
  const port = textFrom(parser.environment, "OTEL_EXPORTER_PROMETHEUS_PORT");
  return port !== undefined && PORT.read(Number(port)) !== undefined;
}
