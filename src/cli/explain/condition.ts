// The condition of an alert's rule, and its usual values.
import type { Expression } from "../../query/index.ts";
import { isObject } from "../../options/check.ts";
import type { AlertDocument, CurrentAlert } from "../alerts/current-alerts.ts";
import { isUrl } from "../open-history.ts";
import type { Watched } from "../top/watched/watched.ts";

/** A condition, split at its first comparison. */
interface Condition {
  readonly text: string;
  /** The left side of the comparison: `rate(errors_total[5m])`. */
  readonly left: string;
  /** The comparison with its other side: `> 0.1`. */
  readonly limit: string;
  /** The first metric of the left side. */
  readonly metric: string | undefined;
}

// A day, or an hour if there are no samples of a day.
const USUAL_SECONDS = [86_400, 3_600];
const USUAL_STEPS = 500;
const LEAST_VALUES = 20;
const COMPARISON = /^(?:==|!=|>=?|<=?)$/;

/** The condition of the rule that raised an alert; `undefined` if it is not known. */
export async function conditionOf(
  { name, document }: CurrentAlert,
  place: string,
  signal: AbortSignal,
): Promise<Condition | undefined> {
  const text = isUrl(place) ? await servedRule(place, name, document, signal) : await predefinedRule(name);
  if (text === undefined) return undefined;
  const [{ parse, format }, { metricsIn }] = await Promise.all([
    import("../../query/index.ts"),
    import("../../alerts/parts.ts"),
  ]);
  const compared = comparisonIn(parse(text));
  if (compared === undefined) return undefined;
  const { left, operator, right } = compared;
  return { text, left: format(left), limit: `${operator} ${format(right)}`, metric: metricsIn(left)[0] };
}

// A name may have several rules, of several severities. That of an alert has its labels.
async function servedRule(
  place: string,
  name: string,
  { labels }: AlertDocument,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { servedRules } = await import("../alerts/current-alerts.ts");
  const groups = await servedRules(new URL(place), signal);
  const rules = groups.flatMap(({ rules: list }) => (Array.isArray(list) ? list.filter(isObject) : []));
  const ofName = rules.filter((rule) => rule["name"] === name && rule["type"] === "alerting");
  const fits = (rule: Readonly<Record<string, unknown>>): boolean =>
    Object.entries(Object(rule["labels"])).every(
      ([label, value]) => isObject(labels) && labels[label] === value,
    );
  const query = (ofName.find(fits) ?? ofName[0])?.["query"];
  return typeof query === "string" ? query : undefined;
}

async function predefinedRule(name: string): Promise<string | undefined> {
  const { ALERTS } = await import("../../alerts/parts.ts");
  for (const { rules } of ALERTS.settings({}).groups)
    for (const rule of rules) if (rule.kind === "alerting" && rule.name === name) return rule.text;
  return undefined;
}

type Comparison = Extract<Expression, { kind: "binary" }>;

// Conditions are joined by set operators; the first one is what the alert's value is of.
function comparisonIn(expression: Expression): Comparison | undefined {
  if (expression.kind === "parentheses") return comparisonIn(expression.expression);
  if (expression.kind !== "binary") return undefined;
  return COMPARISON.test(expression.operator) ? expression : comparisonIn(expression.left);
}

/**
 * The range of nine tenths of the values of an alert's series, in the day or the hour before the alert. `undefined` if
 * there are too few.
 */
export async function usualOf(
  watched: Watched,
  { labels }: CurrentAlert,
  left: string,
  since: number,
  signal: AbortSignal,
): Promise<readonly [low: number, high: number] | undefined> {
  const ofAlert = new Map(labels);
  const isOwn = (series: Readonly<Record<string, string>>): boolean =>
    Object.entries(series).every(([label, value]) => label === "__name__" || ofAlert.get(label) === value);
  for (const seconds of USUAL_SECONDS) {
    const times = { from: since - seconds, to: since - 1, step: seconds / USUAL_STEPS, signal };
    const result = await watched.queryRange(left, times);
    if (result.kind !== "matrix") return undefined;
    const own = result.series.filter((series) => isOwn(series.labels));
    const values = own.flatMap((series) => Array.from(series.values)).toSorted((a, b) => a - b);
    const at = (share: number): number => values[Math.floor(share * (values.length - 1))] ?? Number.NaN;
    if (values.length >= LEAST_VALUES) return [at(0.05), at(0.95)];
  }
  return undefined;
}
