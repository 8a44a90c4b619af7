import { isObject } from "./check.ts";
import { listFrom, textFrom } from "./environment.ts";
import type { Parser, RawOptions } from "./parser.ts";

/** Options of the alerts before their check, whose code is loaded only if alerts are on. */
export interface GivenAlerts {
  readonly options: RawOptions;
  /** Name of the option or variable, for error messages. */
  readonly place: string;
}

/**
 * Reads option `alerts` (a boolean or an object), or `TACHYMETER_ALERTS` (a boolean, or files of rules separated by
 * commas) if it is not given. Returns `undefined` if alerts are off.
 */
export function alertsFromStart(parser: Parser): GivenAlerts | undefined {
  const place = "alerts";
  const given = parser.options[place];
  if (given === undefined) return fromVariable(parser);
  if (given === false) return undefined;
  if (given === true) return { options: {}, place };
  if (isObject(given)) return { options: given, place };
  return parser.problem(place, given, `be true, false or an object such as { rules: ["alerts.yml"] }`);
}

function fromVariable({ environment }: Parser): GivenAlerts | undefined {
  const place = "TACHYMETER_ALERTS";
  const value = textFrom(environment, place)?.toLowerCase();
  if (value === undefined || value === "false") return undefined;
  return { options: value === "true" ? {} : { rules: listFrom(environment, place) }, place };
}
