import { type Check, type Checks, flag, isObject, plainUrl } from "./check.ts";
import { flagFromText, textFrom } from "./environment.ts";
import type { Parser } from "./parser.ts";
import type { Setting } from "./settings.ts";

/** Options of the live page. */
export interface PageOptions {
  /**
   * Link to a trace, for exemplars: the address of the trace system, in which `{trace_id}` stands for the ID of the trace.
   * Only `http:` and `https:`.
   *
   * @example "https://traces.example/trace/{trace_id}"
   */
  readonly traceUrl?: string | undefined;
}

/** Parsed {@link PageOptions}. */
export interface PageSettings {
  readonly traceUrl: string | undefined;
  /** Whether the page has the predefined monitors and the detection of anomalies: if the application has not set them. */
  readonly watches: { readonly alerts: boolean; readonly anomalies: boolean };
}

const traceUrl: Check<string> = {
  must: `${plainUrl.must}, with {trace_id} in its place`,
  read: (value) => {
    const known = plainUrl.read(value);
    return known?.includes("{trace_id}") === true ? known : undefined;
  },
};
const CHECKS: Checks<PageOptions> = { traceUrl };

const SWITCH: Setting<boolean> = {
  option: "page",
  variable: "TACHYMETER_PAGE",
  fromText: flagFromText,
  check: {
    ...flag,
    must: 'be true, false or an object such as { traceUrl: "https://traces.example/{trace_id}" }',
  },
  checkOfText: flag,
  fallback: false,
};

/**
 * Parses option `page` and variable `TACHYMETER_PAGE`. Returns `undefined` if the page is off.
 *
 * @param isNeeded whether another option turns it on
 */
export function pageFromStart(parser: Parser, isNeeded: boolean): PageSettings | undefined {
  const given = parser.options["page"];
  const isUnnamed = (option: string, variable: string): boolean =>
    parser.options[option] === undefined && textFrom(parser.environment, variable) === undefined;
  const watches = {
    alerts: isUnnamed("alerts", "TACHYMETER_ALERTS"),
    anomalies: isUnnamed("anomalies", "TACHYMETER_ANOMALIES"),
  };
  if (isObject(given)) return { traceUrl: parser.fields("page", given, CHECKS).traceUrl, watches };
  return parser.setting(SWITCH) || isNeeded ? { traceUrl: undefined, watches } : undefined;
}
