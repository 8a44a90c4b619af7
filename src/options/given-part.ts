import { HIDDEN } from "../diagnostics/redact.ts";
import { flag, isObject, url } from "./check.ts";
import { flagFromText, listFrom, textFrom } from "./environment.ts";
import type { Parser, RawOptions } from "./parser.ts";

/** Options of a part before their check, whose code is loaded only if the part is on. */
export interface GivenPart {
  readonly options: RawOptions;
  /** Name of the option or variable, for error messages. */
  readonly place: string;
}

const ALERTS = "TACHYMETER_ALERTS";
const ALERTMANAGER = "TACHYMETER_ALERTMANAGER";

/**
 * Reads option `alerts` (a boolean or an object), or `TACHYMETER_ALERTS` (a boolean, or files of rules separated by
 * commas) if it is not given. `TACHYMETER_ALERTMANAGER` (URLs separated by commas) is used without option
 * `alerts.receivers`. Returns `undefined` if alerts are off.
 */
export function alertsFromStart(parser: Parser): GivenPart | undefined {
  const given = fromOption(parser, "alerts", `{ rules: ["alerts.yml"] }`);
  const alerts = given === "missing" ? alertsFromVariable(parser) : given;
  const urls = listFrom(parser.environment, ALERTMANAGER);
  if (urls.length === 0) return alerts;
  if (alerts === undefined) {
    parser.warnings.push(`variable ${ALERTMANAGER} was ignored, since alerts are off; set ${ALERTS}=true`);
    return undefined;
  }
  const { options, place } = alerts;
  if (options["receivers"] !== undefined) return alerts;
  const receivers = urls.flatMap((each) => {
    const checked = parser.checked(ALERTMANAGER, each, url);
    return checked === undefined ? [] : [{ type: "alertmanager", url: checked }];
  });
  return { options: { ...options, receivers }, place };
}

function alertsFromVariable({ environment }: Parser): GivenPart | undefined {
  const value = textFrom(environment, ALERTS);
  const isOn = value !== undefined && flagFromText(value);
  if (isOn === false) return undefined;
  return { options: isOn === true ? {} : { rules: listFrom(environment, ALERTS) }, place: ALERTS };
}

/**
 * Reads option `anomalies` (a boolean or an object), or `TACHYMETER_ANOMALIES` (a boolean) if it is not given. Returns
 * `undefined` if anomalies are off.
 */
export function anomaliesFromStart(parser: Parser): GivenPart | undefined {
  const given = fromOption(parser, "anomalies", `{ sensitivity: "low" }`);
  if (given !== "missing") return given;
  const place = "TACHYMETER_ANOMALIES";
  const value = textFrom(parser.environment, place);
  const isOn = value !== undefined && parser.checked(place, flagFromText(value), flag);
  return isOn === true ? { options: {}, place } : undefined;
}

function fromOption(parser: Parser, name: string, example: string): GivenPart | undefined | "missing" {
  const given = parser.options[name];
  if (given === undefined) return "missing";
  if (given === false) return undefined;
  if (given === true) return { options: {}, place: name };
  if (isObject(given)) return { options: given, place: name };
  // The URL of a receiver, which is a secret, may be in the wrong place.
  return parser.problem(
    name,
    typeof given === "string" ? HIDDEN : given,
    `be true, false or an object such as ${example}`,
  );
}
