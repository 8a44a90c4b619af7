// Where history is kept.
import { isObject, text } from "./checks.ts";
import { textFrom } from "./environment.ts";
import type { Reading } from "./reading.ts";

/** The options of a history, not checked yet; see `historyProblems`. */
export interface HistorySetting {
  readonly options: Readonly<Record<string, unknown>>;
}

/** From option `history`, `true` or an object, else from its variable, `true` or a path; `undefined` where it is off. */
export function readHistory(reading: Reading): HistorySetting | undefined {
  const given = reading.options["history"];
  if (given === undefined) return fromVariable(textFrom(reading.environment, "TACHYMETER_HISTORY"));
  if (given === false) return undefined;
  if (given === true) return { options: {} };
  if (isObject(given)) return { options: given };
  reading.problem("history", given, `true, false, or an object: { path: "tachymeter.db" }`);
  return undefined;
}

function fromVariable(value: string | undefined): HistorySetting | undefined {
  if (value === undefined || value.toLowerCase() === "false") return undefined;
  if (value.toLowerCase() === "true") return { options: {} };
  const path = text.read(value);
  return path === undefined ? undefined : { options: { path } };
}
