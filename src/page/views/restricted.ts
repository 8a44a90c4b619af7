// Expressions over the series of one kernel or process alone.
import type { Expression, Selector } from "../../query/expression.ts";
import type { Matcher } from "../../query/source.ts";
import { format } from "../../query/syntax/format.ts";
import { parse } from "../../query/syntax/parse.ts";

/** Adds a matcher to all selectors of an expression. */
export function restricted(expression: string, matcher: Matcher): string {
  return format(restrictedTree(parse(expression), matcher));
}

function restrictedTree(node: Expression, matcher: Matcher): Expression {
  const inner = (expression: Expression): Expression => restrictedTree(expression, matcher);
  switch (node.kind) {
    case "number":
    case "string":
      return node;
    case "selector":
      return restrictedSelector(node, matcher);
    case "range":
      return { ...node, selector: restrictedSelector(node.selector, matcher) };
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

function restrictedSelector(selector: Selector, matcher: Matcher): Selector {
  return { ...selector, matchers: [...selector.matchers, matcher] };
}
