// The condition of an alert's rule, and its usual values.
import type { WrittenRule } from "../alerts/parts.ts";
import { isObject } from "../options/check.ts";
import type { Expression } from "../query/index.ts";
import type { Application, GroupDocument } from "./application.ts";
import { type CurrentAlert, labelsOf } from "./current-alerts.ts";

/** The condition of a rule. */
interface Condition {
  readonly text: string;
  /** All metrics of it, and those that its recorded metrics are made of. */
  readonly metrics: readonly string[];
  /** Its expression, and those of its recorded metrics. Increases are exact ones. */
  readonly expressions: readonly Expression[];
  /** Its first comparison; `undefined` without one. */
  readonly compared?: {
    /** The left side: `rate(errors_total[5m])`. */
    readonly left: string;
    /** The operator with the right side: `> 0.1`. */
    readonly limit: string;
  };
}

// A day, or an hour if there are no samples of a day.
const USUAL_SECONDS = [86_400, 3_600];
const USUAL_STEPS = 500;
const LEAST_VALUES = 20;

/** The condition of the rule that raised an alert; `undefined` if it is not known. */
export async function conditionOf(
  application: Application,
  { name, document }: CurrentAlert,
  signal: AbortSignal,
): Promise<Condition | undefined> {
  const groups = await application.rules?.(signal);
  const rules = groups === undefined ? await predefinedRules() : servedRules(groups);
  const text = ruleOf(rules, name, labelsOf(document))?.text;
  if (text === undefined) return undefined;
  const [{ parse, format, QueryError }, { comparisonIn, metricsIn, withExactCounts, withRecorded }] =
    await Promise.all([import("../query/index.ts"), import("../alerts/parts.ts")]);
  const parsed = (written: string): Expression | undefined => {
    try {
      return parse(written);
    } catch (error) {
      if (error instanceof QueryError) return undefined;
      throw error;
    }
  };
  const expression = parsed(text);
  // Sequences of events are not PromQL.
  if (expression === undefined) return { text, metrics: [], expressions: [] };
  const expressions = withRecorded(expression, rules, (recorded) => parsed(recorded.text)).map(
    withExactCounts,
  );
  const known = { text, metrics: [...new Set(expressions.flatMap(metricsIn))], expressions };
  const compared = comparisonIn(expression);
  if (compared === undefined) return known;
  const { left, operator, right } = compared;
  return { ...known, compared: { left: format(left), limit: `${operator} ${format(right)}` } };
}

// A name may have several rules, of several severities. That of an alert has its labels.
function ruleOf(
  rules: readonly WrittenRule[],
  name: string,
  labels: Readonly<Record<string, string>>,
): WrittenRule | undefined {
  const ofName = rules.filter((rule) => rule.kind === "alerting" && rule.name === name);
  const fits = (rule: WrittenRule): boolean =>
    Object.entries(rule.labels).every(([label, value]) => labels[label] === value);
  return ofName.find(fits) ?? ofName[0];
}

function servedRules(groups: readonly GroupDocument[]): readonly WrittenRule[] {
  const all = groups.flatMap(({ rules }) => (Array.isArray(rules) ? rules.filter(isObject) : []));
  return all.flatMap(({ type, name, query, labels }) =>
    (type === "alerting" || type === "recording") && typeof name === "string" && typeof query === "string"
      ? [{ kind: type, name, text: query, labels: Object(labels) }]
      : [],
  );
}

async function predefinedRules(): Promise<readonly WrittenRule[]> {
  const { ALERTS } = await import("../alerts/parts.ts");
  return ALERTS.settings({}).groups.flatMap(({ rules }) => rules);
}

/**
 * The range of nine tenths of the values of an alert's series, in the day or the hour before the alert. `undefined` if
 * there are too few.
 */
export async function usualOf(
  application: Application,
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
    const result = await application.queryRange(left, times);
    if (result.kind !== "matrix") return undefined;
    const own = result.series.filter((series) => isOwn(series.labels));
    // A ratio is NaN while its denominator is 0.
    const values = own
      .flatMap((series) => Array.from(series.values).filter(Number.isFinite))
      .toSorted((a, b) => a - b);
    const at = (share: number): number => values[Math.floor(share * (values.length - 1))] ?? Number.NaN;
    if (values.length >= LEAST_VALUES) return [at(0.05), at(0.95)];
  }
  return undefined;
}
