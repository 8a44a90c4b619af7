// The file that events go to.
import { type Check, isObject, text } from "./checks.ts";
import { textFrom } from "./environment.ts";
import { LOG_FILE_OPTIONS, type LogFileSettings, logFileSettings } from "./log-file.ts";
import type { Reading } from "./reading.ts";

/** As `EventLog` takes them. */
export interface EventLogSettings extends LogFileSettings {
  readonly file: string;
}

const OPTIONS: readonly string[] = ["file", ...LOG_FILE_OPTIONS];

/** The settings of the event log, from option `eventLog`, a path or an object, else from its variable. */
export function readEventLog(reading: Reading): EventLogSettings | undefined {
  const given = reading.options["eventLog"];
  if (given === undefined) {
    const file = textFrom(reading.environment, "TACHYMETER_EVENT_LOG");
    return file === undefined ? undefined : { file };
  }
  if (!isObject(given)) {
    const file = reading.checked("eventLog", given, text);
    return file === undefined ? undefined : { file };
  }
  for (const [name, value] of Object.entries(given)) {
    if (!OPTIONS.includes(name))
      reading.problem(`eventLog.${name}`, value, `only the options ${OPTIONS.join(", ")}`);
  }
  const read = <T>(name: string, check: Check<T>): T | undefined =>
    given[name] === undefined ? undefined : reading.checked(`eventLog.${name}`, given[name], check);
  const file = reading.checked("eventLog.file", given["file"], text);
  const rest = logFileSettings(read);
  return file === undefined ? undefined : { file, ...rest };
}
