// Expressions over the series of one process, kernel, route, … alone.
import type { Matcher } from "./source.ts";
import { format } from "./syntax/format.ts";
import { parse } from "./syntax/parse.ts";
import { withSelectors } from "./syntax/tree-parts.ts";

/** Adds matchers to all selectors of an expression. */
export function restricted(expression: string, matchers: readonly Matcher[]): string {
  const tree = withSelectors(parse(expression), (selector) => ({
    ...selector,
    matchers: [...selector.matchers, ...matchers],
  }));
  return format(tree);
}
