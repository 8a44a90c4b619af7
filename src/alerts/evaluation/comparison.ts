// The comparison of an alert's expression.
import type { Expression } from "../../query/index.ts";

type Comparison = Pick<Extract<Expression, { kind: "binary" }>, "left" | "operator" | "right">;

// Comparison operators, each with its mirror image.
const MIRRORED: ReadonlyMap<string, Comparison["operator"]> = new Map([
  ["==", "=="],
  ["!=", "!="],
  [">", "<"],
  ["<", ">"],
  [">=", "<="],
  ["<=", ">="],
]);

/** The first comparison, with the limit on the right: `errors > 1` for `(1 < errors) and up`. `undefined` without one. */
export function comparisonIn(expression: Expression): Comparison | undefined {
  if (expression.kind === "parentheses") return comparisonIn(expression.expression);
  if (expression.kind !== "binary") return undefined;
  const { left, operator, right } = expression;
  const mirrored = MIRRORED.get(operator);
  // Conditions are joined by set operators; the first one is what the alert's value is of.
  if (mirrored === undefined) return comparisonIn(left);
  const isSwapped = left.type === "scalar" && right.type === "vector";
  return isSwapped ? { left: right, operator: mirrored, right: left } : { left, operator, right };
}
