import { CLUSTER } from "./cluster.ts";
import { GPU } from "./gpu.ts";
import { MODELS } from "./models.ts";
import { inOverviewOrder } from "./overview.ts";
import type { Area, Panel } from "./panel.ts";
import { RESOURCES } from "./resources.ts";
import { type Table, TABLES } from "./tables.ts";
import { TRAFFIC } from "./traffic.ts";

export { ucumUnit } from "./ucum.ts";
export { type Section, sectionOf, SECTIONS } from "./overview.ts";
export { seriesName } from "./series-name.ts";
export { numberText, panelValueText, valueText } from "./value-text.ts";
export { quantilesOf } from "./queries.ts";
export { restartsIn, STARTS, TOLERANCE_SECONDS } from "./restarts.ts";
export { rowMatchers, rowName, type TableRow, type TableRows, tableRows } from "./table-rows.ts";
export { type Table, TABLES } from "./tables.ts";
export { type Area, AREAS, type Aspect, type Panel, type PanelQuery, withRange } from "./panel.ts";

/** All panels. */
export const PANELS: readonly Panel[] = [...TRAFFIC, ...MODELS, ...CLUSTER, ...RESOURCES, ...GPU];

/** The panels for which there are series, of an area or of all. */
export function panelsFor(metrics: Pick<ReadonlySet<string>, "has">, area?: Area): readonly Panel[] {
  return PANELS.filter(
    (panel) =>
      (area === undefined || panel.area === area) && panel.needs.some((metric) => metrics.has(metric)),
  );
}

/** The panels of the overview for which there are series, in its order. */
export function overviewPanels(metrics: Pick<ReadonlySet<string>, "has">): readonly Panel[] {
  return inOverviewOrder(panelsFor(metrics).filter(({ overview }) => overview));
}

/** The tables for which there are series. */
export function tablesFor(metrics: Pick<ReadonlySet<string>, "has">): readonly Table[] {
  return TABLES.filter(({ needs }) => needs.some((metric) => metrics.has(metric)));
}
