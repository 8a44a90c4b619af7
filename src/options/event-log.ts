// Options of the event log: the file that events go to.
import { type Checks, isObject, text } from "./check.ts";
import { textFrom } from "./environment.ts";
import { LOG_FILE, type LogFileSettings } from "./log-file.ts";
import { parsed, type Parser, prefixOf } from "./parser.ts";

/** As `EventLog` takes them. */
export interface EventLogSettings extends LogFileSettings {
  readonly file: string;
}

const CHECKS: Checks<EventLogSettings> = { file: text, ...LOG_FILE };

/** The settings of option `eventLog`, a path or an object, else of its variable. */
export function eventLogFromStart(parser: Parser): EventLogSettings | undefined {
  const { eventLog: given = textFrom(parser.environment, "TACHYMETER_EVENT_LOG") } = parser.options;
  if (given === undefined) return undefined;
  if (isObject(given)) return parseEventLog(parser, given, "eventLog");
  const file = parser.checked("eventLog", given, text);
  return file === undefined ? undefined : { file };
}

function parseEventLog(parser: Parser, given: unknown, place: string): EventLogSettings {
  const fields = parser.fields(place, given, CHECKS);
  if (isObject(given) && given["file"] === undefined)
    parser.problem(`${prefixOf(place)}file`, undefined, text.must);
  return { file: "", ...fields };
}

/** @throws OptionsError with everything that is wrong. */
export function eventLogSettings(options: unknown): EventLogSettings {
  return parsed("event log", (parser) => parseEventLog(parser, options, "options"));
}
