import type { Expression } from "../expression.ts";
import { formatTree } from "./expression-text.ts";
import { parse, type ParseOptions } from "./parse.ts";

/**
 * Formats an expression in Prometheus' canonical form, on one line: matchers in order, labels of an aggregation before
 * its parentheses. Parsing the result returns the same tree, except for places and the order of matchers.
 *
 * @throws QueryError for a text that cannot be parsed.
 * @example
 * format('sum(rate(x{b="1",a="2"}[90s]))by(job)'); // sum by (job) (rate(x{a="2",b="1"}[1m30s]))
 */
export function format(expression: string | Expression, options: ParseOptions = {}): string {
  return formatTree(typeof expression === "string" ? parse(expression, options) : expression);
}
