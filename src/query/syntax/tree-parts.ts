// Parts of a syntax tree.
import type { Expression, Selector } from "../expression.ts";

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

/** The node with other expressions in place of its parts. */
export function withParts(node: Expression, map: (part: Expression) => Expression): Expression {
  switch (node.kind) {
    case "call":
      return { ...node, args: node.args.map(map) };
    case "aggregation":
      return { ...node, parameter: node.parameter && map(node.parameter), expression: map(node.expression) };
    case "binary":
      return { ...node, left: map(node.left), right: map(node.right) };
    case "subquery":
    case "unary":
    case "parentheses":
      return { ...node, expression: map(node.expression) };
    case "number":
    case "string":
    case "selector":
    case "range":
      return node;
    default:
      return node satisfies never;
  }
}

/** The tree with other selectors. */
export function withSelectors(node: Expression, change: (selector: Selector) => Selector): Expression {
  if (node.kind === "selector") return change(node);
  if (node.kind === "range") return { ...node, selector: change(node.selector) };
  return withParts(node, (part) => withSelectors(part, change));
}

/** The expression within parentheses. */
export function unwrapped(node: Expression): Expression {
  return node.kind === "parentheses" ? unwrapped(node.expression) : node;
}
