import type { CheckedRule } from "../rules/checked-group.ts";
import type { WrittenRule } from "../rules/rule.ts";
import type { Expression, Selector } from "../../query/expression.ts";
import { selectorsOf } from "../../query/evaluation/spans.ts";

/** The names of the metrics that an alert is about. A recorded metric stands for itself and those it is recorded from. */
export function metricsOfAlert(rules: readonly CheckedRule[], alertName: string): readonly string[] {
  const ofAlert = rules.filter(({ kind, name }) => kind === "alerting" && name === alertName);
  const all = ofAlert.flatMap(({ expression }) =>
    withRecorded(expression, rules, (recorded) => recorded.expression),
  );
  return [...new Set(all.flatMap(metricsIn))];
}

/**
 * An expression, and those that its recorded metrics are recorded from.
 *
 * @param expressionOf returns the expression of a recording rule; `undefined` if it is not PromQL that is known
 */
export function withRecorded<Rule extends WrittenRule>(
  expression: Expression,
  rules: readonly Rule[],
  expressionOf: (recorded: Rule) => Expression | undefined,
): readonly Expression[] {
  const recorded = new Set<Rule>();
  const all = [expression];
  // Those that are added are visited, too.
  for (const each of all)
    for (const rule of recordedIn(each, rules)) {
      if (recorded.has(rule)) continue;
      recorded.add(rule);
      const made = expressionOf(rule);
      if (made !== undefined) all.push(made);
    }
  return all;
}

// Rules of one name differ in their labels.
function recordedIn<Rule extends WrittenRule>(
  expression: Expression,
  rules: readonly Rule[],
): readonly Rule[] {
  const isOf = ({ kind, name, labels }: Rule, selector: Selector): boolean =>
    kind === "recording" &&
    name === selector.name &&
    selector.matchers.every(
      ({ label, operator, value }) => operator !== "=" || (labels[label] ?? value) === value,
    );
  return selectorsOf(expression).flatMap((selector) => rules.filter((rule) => isOf(rule, selector)));
}

/** The names of the metrics in an expression, in its order. */
export function metricsIn(expression: Expression): readonly string[] {
  return selectorsOf(expression).flatMap(({ matchers }) =>
    matchers
      .filter(({ label, operator }) => label === "__name__" && operator === "=")
      .map(({ value }) => value),
  );
}
