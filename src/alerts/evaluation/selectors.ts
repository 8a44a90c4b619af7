import type { Expression, Selector } from "../../query/expression.ts";
import { spansOf } from "../../query/evaluation/load.ts";

/** All selectors of an expression. */
export function selectorsOf(expression: Expression): readonly Selector[] {
  return [...spansOf(expression, { start: 0, end: 0 }, 0).keys()];
}
