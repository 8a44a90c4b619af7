// Expressions of dashboards: the catalogue's, with the matchers of the dashboard's variables.
import type { Expression, format as Format, parse as Parse } from "../../query/index.ts";
import { withSelectors } from "../../query/syntax/tree-parts.ts";
import type { LabelFilter } from "./dashboard.ts";

/** The parser and the formatter of PromQL, which are loaded on demand. */
export interface Syntax {
  readonly parse: typeof Parse;
  readonly format: typeof Format;
}

// Stands for Grafana's variable in the parsed text. No expression has such a window.
const WINDOW = "1d10h17m36s789ms";

/** The filters that each dashboard has. */
export const TARGET_FILTERS: readonly LabelFilter[] = [
  { name: "job", title: "Job", label: "job", metrics: /^/ },
  { name: "instance", title: "Instance", label: "instance", metrics: /^/ },
];

/** An expression with Grafana's window of rates, and with a matcher for each filter that applies to a metric. */
export function dashboardExpression(
  expression: string,
  filters: readonly LabelFilter[],
  { parse, format }: Syntax,
): string {
  const tree = parse(expression.replaceAll("$range", WINDOW));
  return format(withFilters(tree, filters)).replaceAll(WINDOW, "$__rate_interval");
}

/** The names of the series that an expression selects. */
export function selectedNames(expression: string, { parse }: Syntax): ReadonlySet<string> {
  const names = new Set<string>();
  withSelectors(parse(expression.replaceAll("$range", WINDOW)), (selector) => {
    if (selector.name !== undefined) names.add(selector.name);
    return selector;
  });
  return names;
}

function withFilters(tree: Expression, filters: readonly LabelFilter[]): Expression {
  return withSelectors(tree, (selector) => {
    const added = filters
      .filter(({ metrics }) => metrics.test(selector.name ?? ""))
      .map(({ label, name }) => ({ label, operator: "=~", value: `$${name}` }) as const);
    return { ...selector, matchers: [...selector.matchers, ...added] };
  });
}
