import { type Check, type Checks, flag, isObject, plainUrl } from "./check.ts";
import { flagFromText } from "./environment.ts";
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

/** Parses option `page` and variable `TACHYMETER_PAGE`. Returns `undefined` if the page is off. */
export function pageFromStart(parser: Parser): PageSettings | undefined {
  const given = parser.options["page"];
  if (isObject(given)) return { traceUrl: parser.fields("page", given, CHECKS).traceUrl };
  return parser.setting(SWITCH) ? { traceUrl: undefined } : undefined;
}
