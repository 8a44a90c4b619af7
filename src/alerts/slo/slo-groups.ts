import { type Check, type Checks, check, isObject, text } from "../../options/check.ts";
import { type Parser, Section } from "../../options/parser.ts";
import { parse, QueryError } from "../../query/index.ts";
import { count } from "../monitors/kinds.ts";
import { durationMillis } from "../rules/duration.ts";
import { pacedGroups } from "../rules/generated-groups.ts";
import type { RuleGroup } from "../rules/rule.ts";
import { sloGroupOf } from "./slo-group.ts";
import type { Slo, SloSettings } from "./slo.ts";

/** Parsed objectives. */
export interface SloRules {
  /** A group for each objective. */
  readonly groups: readonly RuleGroup[];
}

/** Parses option `slo`: a list of objectives. */
export const SLOS: Section<SloRules> = new Section("slo", (parser, given, place) => {
  if (given === undefined) return { groups: [] };
  if (!Array.isArray(given)) {
    parser.problem(place, given, "be a list of objectives, such as { name, objective: 0.999, good, total }");
    return { groups: [] };
  }
  const objectives = given.flatMap((each: unknown, i) => sloFrom(parser, each, `${place}[${i}]`) ?? []);
  const names = new Set<string>();
  for (const { name } of objectives) {
    if (names.has(name)) parser.problem(`${place}: name`, name, "be the name of one objective only");
    names.add(name);
  }
  return { groups: objectives.map(sloGroupOf) };
});

/**
 * Returns the rules of objectives, in groups by the interval that they need. Four alerts are on burn rates, as in the Site
 * Reliability Workbook, and one is on a missing metric. Error ratios are recorded. All are added up by label `job`.
 *
 * @example
 * sloGroups([
 *   {
 *     name: "checkout",
 *     objective: 0.999,
 *     good: 'http_server_requests_total{http_response_status_code!~"5.."}',
 *     total: "http_server_requests_total",
 *   },
 * ]);
 * @throws OptionsError with all invalid objectives.
 */
export function sloGroups(slo: readonly Slo[]): readonly RuleGroup[] {
  return SLOS.settings(slo).groups.flatMap((group) => pacedGroups(group));
}

const DAY_MILLIS = 86_400_000;

/** A share of good events, above 0 and below 1. */
export const objective: Check<number> = check(
  "be a share above 0 and below 1, such as 0.999",
  (value): value is number => typeof value === "number" && value > 0 && value < 1,
);

/** The window of an objective, parsed to milliseconds. */
export const objectiveWindow: Check<number> = {
  must: "be a duration from 1d to 90d, such as '30d'",
  read: (value) => {
    const millis = durationMillis(value);
    return millis !== undefined && millis >= DAY_MILLIS && millis <= 90 * DAY_MILLIS ? millis : undefined;
  },
};

const selector: Check<string> = {
  must: `be a PromQL selector of counters without range and offset, such as http_server_requests_total{http_response_status_code!~"5.."}`,
  read: (value) => (typeof value === "string" && isSelector(value) ? value.trim() : undefined),
};

interface Fields {
  readonly name: string;
  readonly objective: number;
  readonly good: string;
  readonly total: string;
  readonly window?: number;
  readonly minimumErrors?: number;
}

const CHECKS: Checks<Fields> = {
  name: text,
  objective,
  good: selector,
  total: selector,
  window: objectiveWindow,
  minimumErrors: count(5),
};
const REQUIRED = ["name", "objective", "good", "total"] as const;

function sloFrom(parser: Parser, given: unknown, place: string): SloSettings | undefined {
  const fields = parser.fields(place, given, CHECKS);
  if (!isObject(given)) return undefined;
  for (const field of REQUIRED)
    if (given[field] === undefined) parser.problem(`${place}.${field}`, undefined, CHECKS[field].must);
  const { name, objective: promised, good, total, window = 30 * DAY_MILLIS, minimumErrors = 5 } = fields;
  if (name === undefined || promised === undefined || good === undefined || total === undefined)
    return undefined;
  return { name, objective: promised, good, total, windowSeconds: window / 1_000, minimumErrors };
}

function isSelector(expression: string): boolean {
  try {
    const parsed = parse(expression);
    return parsed.kind === "selector" && parsed.offsetMillis === 0 && parsed.at === undefined;
  } catch (error) {
    if (error instanceof QueryError) return false;
    throw error;
  }
}
