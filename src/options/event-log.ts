import { type Checks, durationMillis, whole, isObject, text } from "./check.ts";
import { textFrom } from "./environment.ts";
import { type Parser, prefixOf, Section } from "./parser.ts";

/** Options for the rotation of a log file. */
export interface LogFileOptions {
  /** Size in bytes at which a new file is started. @defaultValue 67108864, 64 MiB */
  readonly maxBytes?: number | undefined;
  /** Age in seconds at which a new file is started. @defaultValue 86400, a day */
  readonly maxAge?: number | undefined;
  /** Number of rotated files that are kept; the oldest is deleted first. @defaultValue 7 */
  readonly maxFiles?: number | undefined;
}

/** Parsed {@link LogFileOptions}. */
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

/** Options of `EventLog`. The folder of `file` must exist; rotated files are kept beside it, named by their time. */
export interface EventLogOptions extends LogFileOptions {
  /** Path of the file. It is created if missing. */
  readonly file: string;
}

/** Parsed {@link EventLogOptions}. */
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

/** Parses option `eventLog` (a path or an object), or `TACHYMETER_EVENT_LOG` if it is not given. */
export function eventLogFromStart(parser: Parser): EventLogSettings | undefined {
  const { eventLog: given = textFrom(parser.environment, "TACHYMETER_EVENT_LOG") } = parser.options;
  if (given === undefined) return undefined;
  if (isObject(given)) {
    const settings = EVENT_LOG.parse(parser, given, "eventLog");
    return settings.file === "" ? undefined : settings;
  }
  const file = parser.checked("eventLog", given, text);
  return file === undefined ? undefined : EVENT_LOG.parse(parser, { file }, "eventLog");
}
