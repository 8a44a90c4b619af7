// A panel's plugin of Grafana, and its options.
import type { DashboardPanel } from "./dashboard.ts";
import { grafanaUnit } from "./grafana-unit.ts";

/** A panel's plugin of Grafana, with its options. */
export interface Visualization {
  readonly plugin: "timeseries" | "state-timeline" | "heatmap";
  readonly options: object;
  readonly fieldConfig: { readonly defaults: object; readonly overrides: readonly object[] };
}

const LIST = { displayMode: "list", placement: "bottom", showLegend: true, calcs: [] };

/** The plugin and the options of a panel. */
export function visualizationOf(panel: DashboardPanel): Visualization {
  switch (panel.kind) {
    case "lines":
    case "stacked":
      return lines(panel);
    case "state":
      return states(panel);
    case "heatmap":
      return heatmap(panel);
    default:
      return panel.kind satisfies never;
  }
}

function lines({ kind, unit }: DashboardPanel): Visualization {
  const isStacked = kind === "stacked";
  return {
    plugin: "timeseries",
    options: { legend: LIST, tooltip: { mode: "multi", sort: "desc" } },
    fieldConfig: {
      defaults: {
        unit: grafanaUnit(unit),
        color: { mode: "palette-classic" },
        custom: {
          drawStyle: "line",
          lineWidth: 1,
          fillOpacity: isStacked ? 40 : 8,
          showPoints: "auto",
          spanNulls: false,
          // From 0, or from lower values.
          axisSoftMin: 0,
          stacking: { mode: isStacked ? "normal" : "none", group: "A" },
        },
      },
      overrides: [
        {
          matcher: { id: "byRegexp", options: "/^(?:errors?|failure|unhealthy|5\\d\\d)$/" },
          properties: [{ id: "color", value: { mode: "fixed", fixedColor: "red" } }],
        },
      ],
    },
  };
}

const COLORS: Readonly<Record<string, string>> = {
  healthy: "green",
  active: "green",
  leader: "green",
  launched: "blue",
  degraded: "yellow",
  inactive: "yellow",
  unhealthy: "red",
};

function states({ states: names = {} }: DashboardPanel): Visualization {
  const options = Object.fromEntries(
    Object.entries(names).map(([value, text], index) => [
      value,
      { text, color: COLORS[text] ?? "#808080", index },
    ]),
  );
  return {
    plugin: "state-timeline",
    options: {
      mergeValues: true,
      showValue: "auto",
      alignValue: "left",
      rowHeight: 0.9,
      legend: LIST,
      tooltip: { mode: "single", sort: "none" },
    },
    fieldConfig: {
      defaults: {
        unit: "short",
        mappings: [{ type: "value", options }],
        color: { mode: "thresholds" },
        thresholds: { mode: "absolute", steps: [{ value: null, color: "#808080" }] },
        custom: { fillOpacity: 70, lineWidth: 0 },
      },
      overrides: [],
    },
  };
}

function heatmap({ unit }: DashboardPanel): Visualization {
  return {
    plugin: "heatmap",
    options: {
      calculate: false,
      color: {
        mode: "scheme",
        scheme: "Oranges",
        fill: "dark-orange",
        scale: "exponential",
        exponent: 0.5,
        steps: 64,
        reverse: false,
      },
      cellGap: 1,
      // Empty cells are not drawn.
      filterValues: { le: 1e-9 },
      rowsFrame: { layout: "auto" },
      showValue: "never",
      yAxis: { unit: grafanaUnit(unit), axisPlacement: "left" },
      legend: { show: true },
      tooltip: { mode: "single", yHistogram: true, showColorScale: false },
      exemplars: { color: "rgba(255,0,255,0.7)" },
    },
    fieldConfig: {
      defaults: { unit: grafanaUnit(unit), custom: { scaleDistribution: { type: "linear" } } },
      overrides: [],
    },
  };
}
