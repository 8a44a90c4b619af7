// Parts of dashboards: queries, variables, annotations, links, places.
import type { Dashboard, DashboardPanel, LabelFilter } from "./dashboard.ts";
import { dashboardExpression, selectedNames, type Syntax, TARGET_FILTERS } from "./expressions.ts";

/** Type of the data source. */
export const PROMETHEUS = "prometheus";
/** Tag of all dashboards, by which they link to each other. */
export const TAG = "tachymeter";
/** The variable of the data source. */
export const DATA_SOURCE = "${datasource}";
/** Settings of the time picker. */
export const TIMES = { from: "now-1h", to: "now", refresh: "30s" } as const;

/** Links of each dashboard: to all others. */
export const LINKS: readonly object[] = [
  {
    title: "Dashboards",
    type: "dashboards",
    icon: "external link",
    tooltip: "Other dashboards of the application",
    tags: [TAG],
    asDropdown: true,
    includeVars: true,
    keepTime: true,
    targetBlank: false,
  },
];

/** A query of a panel. */
export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly format: "time_series" | "heatmap";
  readonly range: true;
  readonly instant: false;
  readonly editorMode: "code";
}

/** The queries of a panel, with the matchers of the dashboard. */
export function targetsOf(
  { queries, kind }: DashboardPanel,
  filters: readonly LabelFilter[],
  syntax: Syntax,
): readonly Target[] {
  return queries.map(({ expression, legend }, i) => ({
    refId: String.fromCharCode(65 + i),
    expr: dashboardExpression(expression, [...TARGET_FILTERS, ...filters], syntax),
    legendFormat: legend,
    format: kind === "heatmap" ? "heatmap" : "time_series",
    range: true,
    instant: false,
    editorMode: "code",
  }));
}

/** A variable whose values are those of a label. */
export interface LabelVariable extends LabelFilter {
  readonly query: string;
}

// Metrics by which the variables find their values: more make no difference.
const MAX_NAMES = 20;

/** The variables of a dashboard, besides the data source. */
export function variablesOf({ rows, filters }: Dashboard, syntax: Syntax): readonly LabelVariable[] {
  const queries = rows.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries));
  const names = [
    ...new Set(queries.flatMap(({ expression }) => [...selectedNames(expression, syntax)])),
  ].toSorted();
  return [...TARGET_FILTERS, ...filters].map((filter) => {
    const { metrics, label } = filter;
    const fitting = names.filter((name) => metrics.test(name)).slice(0, MAX_NAMES);
    return { ...filter, query: `label_values(${seriesOf(fitting, syntax)}, ${label})` };
  });
}

function seriesOf(names: readonly string[], { format }: Syntax): string {
  // No name has a character with a meaning in a regular expression, or it is left out.
  const value = names.filter((name) => /^[\w:]+$/.test(name)).join("|");
  const place = { start: 0, end: 0, offsetMillis: 0, at: undefined };
  const matchers = [{ label: "__name__", operator: "=~", value: value || ".+" } as const];
  return format({ kind: "selector", type: "vector", name: undefined, matchers, ...place });
}

/** The marks on all charts: firing alerts, and restarts of processes. */
export function annotationsOf(syntax: Syntax): readonly {
  readonly name: string;
  readonly color: string;
  readonly expr: string;
  readonly step: string;
  readonly title: string;
  readonly text: string;
}[] {
  const filtered = (expression: string): string => dashboardExpression(expression, TARGET_FILTERS, syntax);
  return [
    {
      name: "Alerts",
      color: "red",
      expr: filtered('ALERTS{alertstate="firing"}'),
      step: "60s",
      title: "{{alertname}}",
      text: "{{severity}} {{instance}}",
    },
    {
      name: "Restarts",
      color: "blue",
      expr: filtered("resets(process_uptime_seconds[2m]) > 0"),
      step: "60s",
      title: "Restart",
      text: "{{job}} {{instance}}",
    },
  ];
}

/** Link to the explorer with the queries and the time range of a panel. */
export function exploreUrl(targets: readonly Target[]): string {
  const queries = targets.map(({ refId, expr, legendFormat }) => ({
    refId,
    datasource: { type: PROMETHEUS, uid: DATA_SOURCE },
    // In a link the variables have no format of PromQL. `pipe` needs no escapes.
    expr: expr.replaceAll(/(?<==~")\$(\w+)/g, "${$1:pipe}"),
    legendFormat,
    range: true,
  }));
  const range = { from: "${__from}", to: "${__to}" };
  const panes = JSON.stringify({ a: { datasource: DATA_SOURCE, queries, range } });
  // Placeholders stay as they are.
  const encoded = encodeURIComponent(panes).replaceAll(/%24%7B(\w+)(?:%3A(pipe))?%7D/g, (_, name, form) =>
    form === undefined ? `\${${name}}` : `\${${name}:${form}}`,
  );
  return `/explore?schemaVersion=1&orgId=1&panes=${encoded}`;
}

/** The place of a panel in a grid of 24 columns. */
export interface GridPlace {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const HEIGHT = 8;

/** The places of the panels of a row, from `y` on. */
export function placesOf(count: number, y: number): readonly GridPlace[] {
  const columns = count === 4 ? 2 : Math.min(count, 3);
  return Array.from({ length: count }, (_, i) => ({
    x: (i % columns) * (24 / columns),
    y: y + Math.floor(i / columns) * HEIGHT,
    w: 24 / columns,
    h: HEIGHT,
  }));
}
