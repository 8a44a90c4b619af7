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
  /**
   * Addresses of the endpoints of other instances, at most 50, which the page shows too. This server asks them, with the session or
   * the credentials of the browser: they need those of this endpoint.
   *
   * @example ["http://10.0.0.2:9464", "http://10.0.0.3:9464"]
   */
  readonly peers?: readonly string[] | undefined;
}

/** Parsed {@link PageOptions}. */
export interface PageSettings {
  readonly traceUrl: string | undefined;
  readonly peers: readonly string[];
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
const MAX_PEERS = 50;
const peers: Check<readonly string[]> = {
  must: `be a list of at most ${MAX_PEERS} addresses, each of which must ${plainUrl.must}`,
  read: (value) => {
    if (!Array.isArray(value) || value.length > MAX_PEERS) return undefined;
    const known = value.flatMap((each: unknown) => plainUrl.read(each) ?? []);
    return known.length === value.length ? known : undefined;
  },
};
const CHECKS: Checks<PageOptions> = { traceUrl, peers };

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
  if (isObject(given)) {
    const { traceUrl: url, peers: others = [] } = parser.fields("page", given, CHECKS);
    return { traceUrl: url, peers: others, watches };
  }
  return parser.setting(SWITCH) || isNeeded ? { traceUrl: undefined, peers: [], watches } : undefined;
}
