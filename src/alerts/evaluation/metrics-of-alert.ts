import type { CheckedRule } from "../rules/checked-group.ts";
import type { Expression } from "../../query/expression.ts";
import { selectorsOf } from "../../query/evaluation/spans.ts";

/** The names of the metrics that an alert is about. A recorded metric stands for itself and those it is recorded from. */
export function metricsOfAlert(rules: readonly CheckedRule[], alertName: string): readonly string[] {
  const names = new Set(
    rules
      .filter(({ kind, name }) => kind === "alerting" && name === alertName)
      .flatMap((rule) => metricsIn(rule.expression)),
  );
  // Names that are added are visited, too.
  for (const recorded of names)
    for (const rule of rules)
      if (rule.kind === "recording" && rule.name === recorded)
        for (const name of metricsIn(rule.expression)) names.add(name);
  return [...names];
}

/** The names of the metrics in an expression, in its order. */
export function metricsIn(expression: Expression): readonly string[] {
  return selectorsOf(expression).flatMap(({ matchers }) =>
    matchers
      .filter(({ label, operator }) => label === "__name__" && operator === "=")
      .map(({ value }) => value),
  );
}
