import type { Expression } from "../expression.ts";
import type { FunctionName } from "../function-signatures.ts";

// Functions whose value depends on the time of evaluation even if their arguments do not.
const TIMED: ReadonlySet<FunctionName> = new Set([
  "day_of_month",
  "day_of_week",
  "day_of_year",
  "days_in_month",
  "hour",
  "minute",
  "month",
  "predict_linear",
  "time",
  "timestamp",
  "year",
]);

/** Parts of an expression with the same value at all steps, such as those with `@`. */
export function invariantsOf(expression: Expression): ReadonlySet<Expression> {
  const found = new Set<Expression>();
  visit(expression, found);
  return found;
}

function visit(node: Expression, found: Set<Expression>): boolean {
  const isInvariant = isSame(node, found);
  if (isInvariant) found.add(node);
  return isInvariant;
}

function isSame(node: Expression, found: Set<Expression>): boolean {
  switch (node.kind) {
    case "number":
    case "string":
      return true;
    case "selector":
      return node.at !== undefined;
    case "range":
      return node.selector.at !== undefined;
    case "subquery":
      visit(node.expression, found);
      return node.at !== undefined;
    case "call": {
      const args = node.args.map((arg) => visit(arg, found));
      return !TIMED.has(node.name) && args.every(Boolean);
    }
    case "aggregation":
      // As in Prometheus, the parameter does not count: its value at the first step holds for all.
      if (node.parameter !== undefined) visit(node.parameter, found);
      return visit(node.expression, found);
    case "binary": {
      const sides = [visit(node.left, found), visit(node.right, found)];
      return sides.every(Boolean);
    }
    case "unary":
    case "parentheses":
      return visit(node.expression, found);
    default:
      return node satisfies never;
  }
}
