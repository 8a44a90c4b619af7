// Options of reader `json`.
import { type Checks, flag, oneOf, plainUrl, text } from "./check.ts";
import { textFrom } from "./environment.ts";
import { LOG_FILE, type LogFileSettings } from "./log-file.ts";
import { type Parser, type RawOptions } from "./parser.ts";
import { ownInterval, PUSH, type PushSettings } from "./push.ts";

/** Of the file that lines are appended to there are settings more. */
export interface JsonSettings extends PushSettings, LogFileSettings {
  readonly kind: "json";
  readonly file: string | undefined;
  readonly url: string | undefined;
  readonly format: "document" | "ndjson";
  readonly compress?: boolean | undefined;
}

interface JsonOptions extends LogFileSettings, Partial<PushSettings> {
  readonly file?: string;
  readonly url?: string;
  readonly format?: "document" | "ndjson";
  readonly compress?: boolean;
}

const OF_LINES: Checks<LogFileSettings & Pick<JsonOptions, "compress">> = { ...LOG_FILE, compress: flag };
const CHECKS: Checks<JsonOptions> = {
  file: text,
  url: plainUrl,
  format: oneOf("document", "ndjson"),
  ...OF_LINES,
  ...PUSH,
};

/** Parses the options of a reader; `interval` is that of all readers. */
export function parseJson(parser: Parser, given: RawOptions, place: string, interval: number): JsonSettings {
  const { format = "document", url, file: named, ...fields } = parser.fields(place, given, CHECKS);
  const other = format === "ndjson" ? "document" : "ndjson";
  for (const name of format === "ndjson" ? ["url"] : Object.keys(OF_LINES)) {
    if (given[name] !== undefined)
      parser.problem(`${place}.${name}`, given[name], `be left out but with format '${other}'`);
  }
  const fallback =
    textFrom(parser.environment, "TACHYMETER_JSON_FILE") ??
    `tachymeter.${format === "ndjson" ? "ndjson" : "json"}`;
  const file = named ?? (format === "ndjson" || url === undefined ? fallback : undefined);
  const own = ownInterval(parser, fields.interval, place) ?? interval;
  return {
    kind: "json",
    ...fields,
    file,
    url: format === "ndjson" ? undefined : url,
    format,
    interval: own,
    metricFilter: fields.metricFilter,
  };
}
