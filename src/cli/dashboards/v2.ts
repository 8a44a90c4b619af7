// Dashboards as resources of Grafana 12 and later.
import type { Dashboard, DashboardPanel } from "./dashboard.ts";
import type { Syntax } from "./expressions.ts";
import {
  annotationsOf,
  DATA_SOURCE,
  exploreUrl,
  type LabelVariable,
  LINKS,
  placesOf,
  PROMETHEUS,
  TAG,
  targetsOf,
  TIMES,
  variablesOf,
} from "./parts.ts";
import { visualizationOf } from "./visualization.ts";

const SOURCE = { kind: "DataQuery", group: PROMETHEUS, version: "v0", datasource: { name: DATA_SOURCE } };

/** A dashboard as the resource `dashboard.grafana.app/v2`. */
export function v2Dashboard(dashboard: Dashboard, syntax: Syntax): object {
  const { uid, title, description, rows, filters } = dashboard;
  const elements: Record<string, object> = {};
  let id = 0;
  const layoutOf = (panels: readonly DashboardPanel[]): object => ({
    kind: "GridLayout",
    spec: {
      items: placesOf(panels.length, 0).map(({ x, y, w: width, h: height }, i) => {
        const name = `panel-${++id}`;
        elements[name] = elementOf(panels[i]!, id);
        const element = { kind: "ElementReference", name };
        return { kind: "GridLayoutItem", spec: { x, y, width, height, element } };
      }),
    },
  });
  const elementOf = (panel: DashboardPanel, panelId: number): object => {
    const { plugin, options, fieldConfig } = visualizationOf(panel);
    const targets = targetsOf(panel, filters, syntax);
    return {
      kind: "Panel",
      spec: {
        id: panelId,
        title: panel.title,
        description: panel.description,
        links: [{ title: "Explore", url: exploreUrl(targets), targetBlank: false }],
        data: {
          kind: "QueryGroup",
          spec: {
            queries: targets.map(({ refId, ...spec }) => ({
              kind: "PanelQuery",
              spec: { refId, hidden: false, query: { ...SOURCE, spec } },
            })),
            transformations: [],
            queryOptions: {},
          },
        },
        vizConfig: { kind: "VizConfig", group: plugin, version: "", spec: { options, fieldConfig } },
      },
    };
  };
  const layoutRows = rows.map((row) => ({
    kind: "RowsLayoutRow",
    spec: { title: row.title, collapse: row.isCollapsed ?? false, layout: layoutOf(row.panels) },
  }));
  return {
    apiVersion: "dashboard.grafana.app/v2",
    kind: "Dashboard",
    metadata: { name: uid },
    spec: {
      title,
      description,
      tags: [TAG],
      editable: false,
      preload: false,
      cursorSync: "Crosshair",
      timeSettings: {
        from: TIMES.from,
        to: TIMES.to,
        autoRefresh: TIMES.refresh,
        autoRefreshIntervals: ["5s", "10s", "30s", "1m", "5m", "15m", "1h"],
        hideTimepicker: false,
        fiscalYearStartMonth: 0,
      },
      variables: [DATA_SOURCE_VARIABLE, ...variablesOf(dashboard, syntax).map(variable)],
      annotations: annotationsOf(syntax).map(({ name, color, expr, step, title: titleFormat, text }) => ({
        kind: "AnnotationQuery",
        spec: {
          name,
          enable: true,
          hide: false,
          iconColor: color,
          query: { ...SOURCE, spec: { expr, step } },
          legacyOptions: { expr, step, titleFormat, textFormat: text },
        },
      })),
      links: LINKS,
      elements,
      layout: { kind: "RowsLayout", spec: { rows: layoutRows } },
    },
  };
}

const DATA_SOURCE_VARIABLE = {
  kind: "DatasourceVariable",
  spec: {
    name: "datasource",
    label: "Data source",
    pluginId: PROMETHEUS,
    refresh: "onDashboardLoad",
    regex: "",
    current: { text: "default", value: "default" },
    options: [],
    multi: false,
    includeAll: false,
    hide: "dontHide",
    skipUrlSync: false,
    allowCustomValue: false,
  },
};

function variable({ name, title, query }: LabelVariable): object {
  return {
    kind: "QueryVariable",
    spec: {
      name,
      label: title,
      query: { ...SOURCE, spec: { query, refId: name } },
      definition: query,
      refresh: "onTimeRangeChanged",
      regex: "",
      sort: "alphabeticalAsc",
      current: { text: ["All"], value: ["$__all"] },
      options: [],
      multi: true,
      includeAll: true,
      // Without a Prometheus server, series have neither job nor instance.
      allValue: ".*",
      hide: "dontHide",
      skipUrlSync: false,
      allowCustomValue: true,
    },
  };
}
