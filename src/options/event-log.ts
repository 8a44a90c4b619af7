// Options of the event log: the file that events go to.
import { type Checks, isObject, text } from "./check.ts";
import { textFrom } from "./environment.ts";
import { LOG_FILE, type LogFileOptions, type LogFileSettings } from "./log-file.ts";
import { type Parser, prefixOf, Section } from "./parser.ts";

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
