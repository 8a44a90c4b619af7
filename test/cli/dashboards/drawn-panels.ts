// The panels of dashboards.
import { grafanaDashboard } from "../../../src/cli/dashboards/grafana-dashboard.ts";
import type { Dashboard } from "../../../src/cli/dashboards/dashboard.ts";
import { format, parse } from "../../../src/query/index.ts";

/** The parser and the formatter. */
export const SYNTAX = { parse, format };

/** A panel as Grafana reads it. */
export interface DrawnPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly {
    readonly datasource: { readonly uid: string };
    readonly expr: string;
    readonly refId: string;
    readonly legendFormat: string;
    readonly format: string;
  }[];
  readonly links: readonly { readonly url: string }[];
  readonly options: object;
  readonly fieldConfig: {
    readonly defaults: {
      readonly unit: string;
      readonly custom: object;
      readonly mappings?: readonly object[];
    };
  };
  readonly panels?: readonly DrawnPanel[];
}

/** A dashboard as Grafana reads it. */
export interface DrawnDashboard {
  readonly uid: string;
  readonly title: string;
  readonly editable: boolean;
  readonly templating: { readonly list: readonly Record<string, unknown>[] };
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly panels: readonly DrawnPanel[];
}

/** A dashboard, drawn. */
export function drawn(dashboard: Dashboard): DrawnDashboard {
  return JSON.parse(JSON.stringify(grafanaDashboard(dashboard, SYNTAX)));
}

/** All panels, without rows. */
export function panelsOf({ panels }: Pick<DrawnDashboard, "panels">): readonly DrawnPanel[] {
  return panels.flatMap((panel) => (panel.type === "row" ? (panel.panels ?? []) : [panel]));
}
