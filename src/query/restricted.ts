// Expressions over the series of one process, kernel, route, … alone.
import type { Expression, Selector } from "./expression.ts";
import type { Matcher } from "./source.ts";
import { format } from "./syntax/format.ts";
import { parse } from "./syntax/parse.ts";

/** Adds matchers to all selectors of an expression. */
export function restricted(expression: string, matchers: readonly Matcher[]): string {
  return format(restrictedTree(parse(expression), matchers));
}

function restrictedTree(node: Expression, matchers: readonly Matcher[]): Expression {
  const inner = (expression: Expression): Expression => restrictedTree(expression, matchers);
  switch (node.kind) {
    case "number":
    case "string":
      return node;
    case "selector":
      return restrictedSelector(node, matchers);
    case "range":
      return { ...node, selector: restrictedSelector(node.selector, matchers) };
    case "subquery":
    case "unary":
    case "parentheses":
    case "aggregation":
      return { ...node, expression: inner(node.expression) };
    case "call":
      return { ...node, args: node.args.map(inner) };
    case "binary":
      return { ...node, left: inner(node.left), right: inner(node.right) };
    default:
      return node satisfies never;
  }
}

function restrictedSelector(selector: Selector, matchers: readonly Matcher[]): Selector {
  return { ...selector, matchers: [...selector.matchers, ...matchers] };
}
