// Dashboards, independent of Grafana's JSON.
import { type Area, AREAS, type Aspect, type Panel, PANELS } from "../../page/panels/index.ts";

/** A panel of a dashboard. */
export interface DashboardPanel extends Omit<Panel, "area" | "kind"> {
  /** `heatmap`: the distribution of a histogram's values over time. */
  readonly kind: Panel["kind"] | "heatmap";
}

/** A row of panels, under a title. */
export interface DashboardRow {
  readonly title: string;
  readonly panels: readonly DashboardPanel[];
  /** Its queries run once it is opened. @defaultValue false */
  readonly isCollapsed?: boolean;
}

/** A filter by a label, as a variable of the dashboard. */
export interface LabelFilter {
  /** Name of the variable. */
  readonly name: string;
  readonly title: string;
  readonly label: string;
  /** The metrics that have the label. */
  readonly metrics: RegExp;
}

/** A dashboard. */
export interface Dashboard {
  /** Stable, so that a new export replaces the former one. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly DashboardRow[];
  /** Filters besides those by job and instance. */
  readonly filters: readonly LabelFilter[];
}

const ASPECTS: Readonly<Record<Aspect, string>> = {
  state: "State",
  rate: "Rate",
  errors: "Errors",
  duration: "Duration",
  utilization: "Utilization",
  saturation: "Saturation",
};

const FILTERS: Readonly<Partial<Record<Area, LabelFilter>>> = {
  http: { name: "route", title: "Route", label: "http_route", metrics: /^http_server_/ },
  messages: {
    name: "destination",
    title: "Destination",
    label: "messaging_destination_name",
    metrics: /^messages?_/,
  },
  models: {
    name: "model",
    title: "Model",
    label: "gen_ai_request_model",
    metrics: /^(?:gen_ai_client|llm)_/,
  },
  kernels: { name: "kernel", title: "Kernel", label: "kernel_id", metrics: /^kernel_(?!pool_)/ },
};

const TITLE = "Tachymeter";

/** The overview, and a dashboard for each area that has panels. */
export function areaDashboards(panels: readonly Panel[] = PANELS): readonly Dashboard[] {
  const areas = areasOf(panels);
  if (areas.length === 0) return [];
  return [
    {
      uid: "tachymeter-overview",
      title: `${TITLE}: overview`,
      description: "Traffic, errors, durations and resources of an application, with a row for each area.",
      rows: areas
        .map((area) => ({
          title: AREAS[area],
          panels: panels.filter((panel) => panel.area === area && panel.overview),
        }))
        .filter(hasPanels),
      filters: [],
    },
    ...areas.map((area) => areaDashboard(area, panels)),
  ];
}

function areasOf(panels: readonly Panel[]): readonly Area[] {
  const found = new Set(panels.map(({ area }) => area));
  // In the order of the catalogue.
  return PANELS.map(({ area }) => area).filter((area, i, all) => found.has(area) && all.indexOf(area) === i);
}

function areaDashboard(area: Area, panels: readonly Panel[]): Dashboard {
  const filter = FILTERS[area];
  const aspects = Object.entries(ASPECTS).map(([aspect, title]) => ({
    title,
    panels: panels
      .filter((panel) => panel.area === area && (panel.aspect ?? "rate") === aspect)
      .flatMap((panel) => [panel, ...heatmapOf(panel)]),
  }));
  return {
    uid: `tachymeter-${area}`,
    title: `${TITLE}: ${AREAS[area]}`,
    description: `All panels of the area "${AREAS[area]}".`,
    rows: aspects.filter(hasPanels),
    filters: filter === undefined ? [] : [filter],
  };
}

function hasPanels({ panels }: DashboardRow): boolean {
  return panels.length > 0;
}

const QUANTILE_OF_BUCKETS = /^histogram_quantile\([\d.]+, (sum by \(le\) \(.+\))\)$/;

/** The distribution behind quantiles of a histogram with buckets. */
function heatmapOf({ id, title, queries, ...others }: Panel): readonly DashboardPanel[] {
  const [, expression] = QUANTILE_OF_BUCKETS.exec(queries[0]?.expression ?? "") ?? [];
  if (expression === undefined) return [];
  return [heatmapPanel({ ...others, id, title, queries: [{ expression, legend: "{{le}}" }] })];
}

/** A heat map. `$range` is the distance of its columns, so that each measurement is in one column. */
export function heatmapPanel({
  id,
  title,
  ...others
}: Omit<DashboardPanel, "kind" | "description">): DashboardPanel {
  return {
    ...others,
    id: `${id}-heatmap`,
    title: `${title}, distribution`,
    description: "Number of measurements by their value: the darker, the more.",
    kind: "heatmap",
  };
}
