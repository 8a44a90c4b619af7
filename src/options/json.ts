import { type Checks, flag, isObject, oneOf, type Parsed, plainUrl, text } from "./check.ts";
import { textFrom } from "./environment.ts";
import { LOG_FILE, type LogFileOptions, type LogFileSettings } from "./event-log.ts";
import { type Parser, prefixOf, type RawOptions, Section } from "./parser.ts";
import { PUSH, type PushSettings, pushSettings } from "./push.ts";

/** Options of {@link JsonSnapshotExporter}. `compress` and the limits of rotation need format `"ndjson"`. */
export interface JsonSnapshotExporterOptions extends LogFileOptions {
  /**
   * Path of the file.
   *
   * @defaultValue the file named by `TACHYMETER_JSON_FILE`, then `tachymeter.json`, or `tachymeter.ndjson` for lines;
   *   with `url` none
   */
  readonly file?: string | undefined;
  /** URL to which each document is sent by POST. @defaultValue none */
  readonly url?: string | undefined;
  /**
   * With `"document"`, each export replaces the file. With `"ndjson"`, each appends a line for each series.
   *
   * @defaultValue "document"
   */
  readonly format?: "document" | "ndjson" | undefined;
  /** Whether rotated files are compressed. @defaultValue true */
  readonly compress?: boolean | undefined;
}

/** Parsed {@link JsonSnapshotExporterOptions}: a file or a URL. */
export interface JsonTarget {
  readonly file?: string | undefined;
  /** The option or variable of the file, for problems. */
  readonly filePlace: string;
  /** URL to which the document is sent by POST. */
  readonly url?: string | undefined;
  /** Settings for appending lines to the file, instead of replacing a document. */
  readonly lines?: (LogFileSettings & { readonly compress: boolean }) | undefined;
}

export interface JsonSettings extends PushSettings, JsonTarget {
  readonly kind: "json";
}

const OF_LINES: Checks<LogFileOptions & Pick<JsonSnapshotExporterOptions, "compress">> = {
  ...LOG_FILE,
  compress: flag,
};
const CHECKS: Checks<JsonSnapshotExporterOptions> = {
  file: text,
  url: plainUrl,
  format: oneOf("document", "ndjson"),
  ...OF_LINES,
};

const FILE_VARIABLE = "TACHYMETER_JSON_FILE";

export const JSON_TARGET: Section<JsonTarget> = new Section("json exporter", (parser, given, place) =>
  targetFrom(parser, parser.fields(place, given, CHECKS), given, place),
);

/** Parses the options of a reader; `intervalMillis` is the default interval of all readers. */
export function parseJson(
  parser: Parser,
  given: RawOptions,
  place: string,
  intervalMillis: number,
): JsonSettings {
  const fields = parser.fields(place, given, { ...CHECKS, ...PUSH });
  const settings: JsonSettings = {
    kind: "json",
    ...targetFrom(parser, fields, given, place),
    ...pushSettings(parser, fields, place, intervalMillis),
  };
  JSON_TARGET.settled(settings);
  return settings;
}

function targetFrom(
  parser: Parser,
  {
    format = "document",
    url,
    file: named,
    compress = true,
    maxAge: maxAgeMillis,
    maxBytes,
    maxFiles,
  }: Parsed<JsonSnapshotExporterOptions>,
  given: unknown,
  place: string,
): JsonTarget {
  const other = format === "ndjson" ? "document" : "ndjson";
  for (const name of format === "ndjson" ? ["url"] : Object.keys(OF_LINES)) {
    if (isObject(given) && given[name] !== undefined)
      parser.problem(`${prefixOf(place)}${name}`, given[name], `be left out unless format is '${other}'`);
  }
  const variable = textFrom(parser.environment, FILE_VARIABLE);
  const fallback = variable ?? `tachymeter.${format === "ndjson" ? "ndjson" : "json"}`;
  return {
    file: named ?? (format === "ndjson" || url === undefined ? fallback : undefined),
    filePlace: named === undefined && variable !== undefined ? FILE_VARIABLE : `${prefixOf(place)}file`,
    url: format === "ndjson" ? undefined : url,
    lines: format === "ndjson" ? { maxBytes, maxAgeMillis, maxFiles, compress } : undefined,
  };
}
