// A dashboard in the JSON that Grafana 10 and later import and provision.
import type { Dashboard, DashboardPanel } from "./dashboard.ts";
import type { Syntax } from "./expressions.ts";
import {
  annotationsOf,
  DATA_SOURCE,
  exploreUrl,
  type GridPlace,
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

// The schema of Grafana 10.0. Later versions convert it.
const SCHEMA_VERSION = 38;
const SOURCE = { type: PROMETHEUS, uid: DATA_SOURCE };

/** The JSON of a dashboard. */
export function grafanaDashboard(dashboard: Dashboard, syntax: Syntax): object {
  const { uid, title, description } = dashboard;
  return {
    uid,
    title,
    description,
    tags: [TAG],
    schemaVersion: SCHEMA_VERSION,
    editable: false,
    graphTooltip: 1,
    time: { from: TIMES.from, to: TIMES.to },
    refresh: TIMES.refresh,
    templating: { list: [DATA_SOURCE_VARIABLE, ...variablesOf(dashboard, syntax).map(variable)] },
    annotations: {
      list: annotationsOf(syntax).map(({ name, color, expr, step, title: titleFormat, text }) => ({
        name,
        enable: true,
        iconColor: color,
        datasource: SOURCE,
        expr,
        step,
        titleFormat,
        textFormat: text,
      })),
    },
    links: LINKS,
    panels: panelsOf(dashboard, syntax),
  };
}

const DATA_SOURCE_VARIABLE = {
  type: "datasource",
  name: "datasource",
  label: "Data source",
  query: PROMETHEUS,
  current: { text: "default", value: "default" },
};

function variable({ name, title, query }: LabelVariable): object {
  return {
    type: "query",
    name,
    label: title,
    datasource: SOURCE,
    query,
    definition: query,
    // When the time range changes.
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    // Without a Prometheus server, series have neither job nor instance.
    allValue: ".*",
    current: { text: ["All"], value: ["$__all"] },
  };
}

function panelsOf({ rows, filters }: Dashboard, syntax: Syntax): readonly object[] {
  const found: object[] = [];
  let [id, y] = [1, 0];
  for (const { title, panels, isCollapsed = false } of rows) {
    const row = {
      type: "row",
      id: id++,
      title,
      collapsed: isCollapsed,
      gridPos: { x: 0, y: y++, w: 24, h: 1 },
    };
    const places = placesOf(panels.length, y);
    const drawn = panels.map((panel, i) => panelAt(panel, id++, places[i]!));
    found.push({ ...row, panels: isCollapsed ? drawn : [] }, ...(isCollapsed ? [] : drawn));
    const last = places.at(-1);
    if (!isCollapsed && last !== undefined) y = last.y + last.h;
  }
  return found;

  function panelAt(panel: DashboardPanel, panelId: number, gridPos: GridPlace): object {
    const { plugin, options, fieldConfig } = visualizationOf(panel);
    const targets = targetsOf(panel, filters, syntax);
    return {
      id: panelId,
      type: plugin,
      title: panel.title,
      description: panel.description,
      datasource: SOURCE,
      gridPos,
      targets: targets.map((target) => ({ datasource: SOURCE, ...target })),
      links: [
        {
          title: "Explore",
          type: "link",
          icon: "external link",
          tooltip: "",
          tags: [],
          url: exploreUrl(targets),
          asDropdown: false,
          includeVars: false,
          keepTime: false,
          targetBlank: false,
        },
      ],
      options,
      fieldConfig,
    };
  }
}
