import type { Expression } from "../expression.ts";
import type { FunctionName } from "../function-signatures.ts";
import { partsOf } from "../syntax/tree-parts.ts";

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
  const parts = partsOf(node).map((part) => visit(part, found));
  switch (node.kind) {
    case "selector":
    case "subquery":
      return node.at !== undefined;
    case "range":
      return node.selector.at !== undefined;
    case "call":
      return !TIMED.has(node.name) && parts.every(Boolean);
    case "aggregation":
      // As in Prometheus, the parameter does not count: its value at the first step holds for all.
      return parts.at(-1) === true;
    default:
      return parts.every(Boolean);
  }
}
