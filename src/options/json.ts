import { type Checks, flag, oneOf, plainUrl, text } from "./check.ts";
import { textFrom } from "./environment.ts";
import { LOG_FILE, type LogFileOptions, type LogFileSettings } from "./event-log.ts";
import { type Parser, prefixOf, type RawOptions } from "./parser.ts";
import { PUSH, type PushOptions, type PushSettings, pushSettings } from "./push.ts";

/** Target of the collections: a file or a URL. */
export interface JsonTarget {
  readonly file?: string | undefined;
  /** URL to which the document is sent by POST. */
  readonly url?: string | undefined;
  /** Settings for appending lines to the file, instead of replacing a document. */
  readonly lines?: (LogFileSettings & { readonly compress: boolean }) | undefined;
}

export interface JsonSettings extends PushSettings, JsonTarget {
  readonly kind: "json";
  /** The option or variable of the file, for problems. */
  readonly filePlace: string;
}

interface JsonOptions extends LogFileOptions, PushOptions {
  readonly file?: string;
  readonly url?: string;
  readonly format?: "document" | "ndjson";
  readonly compress?: boolean;
}

const OF_LINES: Checks<LogFileOptions & Pick<JsonOptions, "compress">> = { ...LOG_FILE, compress: flag };
const CHECKS: Checks<JsonOptions> = {
  file: text,
  url: plainUrl,
  format: oneOf("document", "ndjson"),
  ...OF_LINES,
  ...PUSH,
};

const FILE_VARIABLE = "TACHYMETER_JSON_FILE";

/** Parses the options of a reader; `intervalMillis` is the default interval of all readers. */
export function parseJson(
  parser: Parser,
  given: RawOptions,
  place: string,
  intervalMillis: number,
): JsonSettings {
  const { format = "document", url, file: named, ...fields } = parser.fields(place, given, CHECKS);
  const { maxBytes, maxAge: maxAgeMillis, maxFiles, compress = true } = fields;
  const other = format === "ndjson" ? "document" : "ndjson";
  for (const name of format === "ndjson" ? ["url"] : Object.keys(OF_LINES)) {
    if (given[name] !== undefined)
      parser.problem(`${place}.${name}`, given[name], `be left out unless format is '${other}'`);
  }
  const variable = textFrom(parser.environment, FILE_VARIABLE);
  const fallback = variable ?? `tachymeter.${format === "ndjson" ? "ndjson" : "json"}`;
  const file = named ?? (format === "ndjson" || url === undefined ? fallback : undefined);
  return {
    kind: "json",
    file,
    filePlace: named === undefined && variable !== undefined ? FILE_VARIABLE : `${prefixOf(place)}file`,
    url: format === "ndjson" ? undefined : url,
    lines: format === "ndjson" ? { maxBytes, maxAgeMillis, maxFiles, compress } : undefined,
    ...pushSettings(parser, fields, place, intervalMillis),
  };
}
