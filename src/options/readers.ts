// The readers of a configuration.
import { healthAccess, isObject, oneOf, whole, withMethods } from "./check.ts";
import { listFrom, textFrom } from "./environment.ts";
import { type JsonSettings, parseJson } from "./json.ts";
import { isOtlpEndpointSet, type OtlpSettings, parseOtlp } from "./otlp.ts";
import type { Parser, RawOptions } from "./parser.ts";
import { PUSH, type PushSettings, pushSettings } from "./push.ts";
import { SETTINGS } from "./settings.ts";

/** One reader, parsed. */
export type ReaderSettings = PrometheusReader | OtlpSettings | JsonSettings | ConsoleSettings | GivenReader;

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

export interface ConsoleSettings extends PushSettings {
  readonly kind: "console";
}

/** A reader made by the caller, by its index in option `readers`. */
export interface GivenReader {
  readonly kind: "given";
  readonly index: number;
}

const READER_WORDS = ["prometheus", "otlp", "json", "console"] as const;
type ReaderWord = (typeof READER_WORDS)[number];

const readerWord = oneOf(...READER_WORDS);
const PORT = whole(0, 65_535);
const METRIC_READER = withMethods("be a MetricReader", "setMetricProducer", "collect");
const ENTRY = `one of ${READER_WORDS.map((word) => `'${word}'`).join(", ")}, an object with one of these as \`type\`, or a MetricReader`;

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
  const words = listFrom(parser.environment, "OTEL_METRICS_EXPORTER");
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
  const type = isObject(entry) ? readerWord.read(entry["type"]) : undefined;
  if (!isObject(entry) || type === undefined) return parser.problem(place, entry, `be ${ENTRY}`);
  const { type: _, ...config } = entry;
  return readerNamed(parser, type, config, place, intervalMillis);
}

function readerNamed(
  parser: Parser,
  kind: ReaderWord,
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
    case "console":
      return { kind, ...pushSettings(parser, parser.fields(place, given, PUSH), place, intervalMillis) };
    default:
      return kind satisfies never;
  }
}

// The exporter parses its own options.
function prometheusReader(parser: Parser, given: RawOptions, place: string): PrometheusReader {
  const { health: access, ...options } = given;
  const anyPort = options["port"] === undefined && !isPortSet(parser);
  const health =
    parser.optional(`${place}.health`, access, healthAccess) ?? parser.setting(SETTINGS.healthEndpoints);
  return { kind: "prometheus", place, options, anyPort, health };
}

function isPortSet(parser: Parser): boolean {
  const port = textFrom(parser.environment, "OTEL_EXPORTER_PROMETHEUS_PORT");
  return port !== undefined && PORT.read(Number(port)) !== undefined;
}
