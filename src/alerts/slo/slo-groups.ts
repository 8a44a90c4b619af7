import { type Check, type Checks, check, isObject, text } from "../../options/check.ts";
import { type Parser, Section } from "../../options/parser.ts";
import { parse, QueryError } from "../../query/index.ts";
import { count } from "../monitors/kinds.ts";
import { durationMillis } from "../rules/duration.ts";
import { pacedGroups } from "../rules/generated-groups.ts";
import type { RuleGroup } from "../rules/rule.ts";
import { budgetGroupOf } from "./budget-group.ts";
import { sloGroupOf } from "./slo-group.ts";
import type { Budget, Slo } from "./slo.ts";

/** Parsed objectives. */
export interface SloRules {
  /** A group for each objective. */
  readonly groups: readonly RuleGroup[];
}

/** Parses option `slo`: a list of objectives and budgets. */
export const SLOS: Section<SloRules> = new Section("slo", (parser, given, place) => {
  if (given === undefined) return { groups: [] };
  if (!Array.isArray(given)) {
    parser.problem(place, given, "be a list of objectives, such as { name, objective: 0.999, good, total }");
    return { groups: [] };
  }
  const objectives = given.flatMap((each: unknown, i) => {
    const isBudget = isObject(each) && Object.hasOwn(each, "budget");
    return (isBudget ? budgetFrom : sloFrom)(parser, each, `${place}[${i}]`) ?? [];
  });
  const names = new Set<string>();
  for (const { name } of objectives) {
    if (names.has(name)) parser.problem(`${place}: name`, name, "be the name of one objective only");
    names.add(name);
  }
  return { groups: objectives.map(({ group }) => group) };
});

/**
 * Returns the rules of objectives and budgets, in groups by the interval that they need. Four alerts of an objective are on
 * burn rates, as in the Site Reliability Workbook, and one is on a missing metric. Error ratios are recorded. All are added
 * up by label `job`.
 *
 * @example
 * sloGroups([
 *   {
 *     name: "checkout",
 *     objective: 0.999,
 *     good: 'http_server_requests_total{http_response_status_code!~"5.."}',
 *     total: "http_server_requests_total",
 *   },
 *   { name: "models", budget: 20, spent: 'llm_cost_total{currency="USD"}' },
 * ]);
 * @throws OptionsError with all invalid objectives.
 */
export function sloGroups(slo: readonly (Slo | Budget)[]): readonly RuleGroup[] {
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

/** An objective or a budget, by its rules. */
interface NamedGroup {
  readonly name: string;
  readonly group: RuleGroup;
}

function sloFrom(parser: Parser, given: unknown, place: string): NamedGroup | undefined {
  const fields = parser.fields(place, given, CHECKS);
  if (!isObject(given)) return undefined;
  requireAll(parser, given, place, CHECKS, REQUIRED);
  const { name, objective: promised, good, total, window = 30 * DAY_MILLIS, minimumErrors = 5 } = fields;
  if (name === undefined || promised === undefined || good === undefined || total === undefined)
    return undefined;
  const windowSeconds = window / 1_000;
  return {
    name,
    group: sloGroupOf({ name, objective: promised, good, total, windowSeconds, minimumErrors }),
  };
}

const BUDGET_CHECKS: Checks<{ name: string; budget: number; spent: string; window?: number }> = {
  name: text,
  budget: check(
    "be a number above 0, such as 20",
    (value): value is number => typeof value === "number" && value > 0 && Number.isFinite(value),
  ),
  spent: selector,
  window: objectiveWindow,
};

function budgetFrom(parser: Parser, given: unknown, place: string): NamedGroup | undefined {
  const { name, budget, spent, window = DAY_MILLIS } = parser.fields(place, given, BUDGET_CHECKS);
  if (!isObject(given)) return undefined;
  requireAll(parser, given, place, BUDGET_CHECKS, ["name", "budget", "spent"]);
  if (name === undefined || budget === undefined || spent === undefined) return undefined;
  return { name, group: budgetGroupOf({ name, budget, spent, windowSeconds: window / 1_000 }) };
}

function requireAll<Name extends string>(
  parser: Parser,
  given: Readonly<Record<string, unknown>>,
  place: string,
  checks: Readonly<Record<Name, { readonly must: string }>>,
  names: readonly Name[],
): void {
  for (const name of names)
    if (given[name] === undefined) parser.problem(`${place}.${name}`, undefined, checks[name].must);
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
