// Parts of a syntax tree.
import type { Expression } from "../expression.ts";

/** The expressions that a node is evaluated from, in the order of its text. A range selector has none. */
export function partsOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case "call":
      return node.args;
    case "aggregation":
      return node.parameter === undefined ? [node.expression] : [node.parameter, node.expression];
    case "binary":
      return [node.left, node.right];
    case "subquery":
    case "unary":
    case "parentheses":
      return [node.expression];
    case "number":
    case "string":
    case "selector":
    case "range":
      return [];
    default:
      return node satisfies never;
  }
}

/** The expression within parentheses. */
export function unwrapped(node: Expression): Expression {
  return node.kind === "parentheses" ? unwrapped(node.expression) : node;
}
