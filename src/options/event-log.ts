import { type Checks, durationMillis, whole, isObject, text } from "./check.ts";
import { textFrom } from "./environment.ts";
import { type Parser, prefixOf, Section } from "./parser.ts";

/** When a log begins another file, and how many are kept. */
export interface LogFileOptions {
  /** Size at which a new file is begun. @defaultValue 67108864, 64 MiB */
  readonly maxBytes?: number | undefined;
  /** Age at which a new file is begun, in seconds. @defaultValue 86400, a day */
  readonly maxAge?: number | undefined;
  /** How many rotated files are kept; the oldest goes first. @defaultValue 7 */
  readonly maxFiles?: number | undefined;
}

/** The options, parsed. */
export interface LogFileSettings {
  readonly maxBytes?: number | undefined;
  readonly maxAgeMillis?: number | undefined;
  readonly maxFiles?: number | undefined;
}

export const LOG_FILE: Checks<LogFileOptions> = {
  maxBytes: whole(1, Number.MAX_SAFE_INTEGER),
  maxAge: durationMillis,
  maxFiles: whole(1, 10_000),
};

/** Options of `EventLog`. The folder of `file` must exist; rotated files lie beside it, their time in their names. */
export interface EventLogOptions extends LogFileOptions {
  readonly file: string;
}

/** The options, parsed. */
export interface EventLogSettings extends LogFileSettings {
  readonly file: string;
}

const CHECKS: Checks<EventLogOptions> = { file: text, ...LOG_FILE };

export const EVENT_LOG: Section<EventLogSettings> = new Section("event log", (parser, given, place) => {
  const { file = "", maxAge: maxAgeMillis, ...fields } = parser.fields(place, given, CHECKS);
  if (isObject(given) && given["file"] === undefined)
    parser.problem(`${prefixOf(place)}file`, undefined, text.must);
  return { file, maxAgeMillis, ...fields };
});

/** The settings of option `eventLog`, a path or an object, else of its variable. */
export function eventLogFromStart(parser: Parser): EventLogSettings | undefined {
  const { eventLog: given = textFrom(parser.environment, "TACHYMETER_EVENT_LOG") } = parser.options;
  if (given === undefined) return undefined;
  if (isObject(given)) return EVENT_LOG.parse(parser, given, "eventLog");
  const file = parser.checked("eventLog", given, text);
  return file === undefined ? undefined : EVENT_LOG.parse(parser, { file }, "eventLog");
}
