// The content of a view: its charts, and the metrics that it lists.
import { labelsOf, type SampleSource } from "../../query/sample-source.ts";
import type { LiveExemplars } from "../../query/live/live-exemplars.ts";
import { restricted } from "../../query/restricted.ts";
import type { Matcher } from "../../query/source.ts";
import type { ChartPlan, ChartQueries } from "../charts/chart-plan.ts";
import {
  type Area,
  AREAS,
  overviewPanels,
  type Panel,
  panelsFor,
  rowMatchers,
  TABLES,
  tablesFor,
  ucumUnit,
} from "../panels/index.ts";
import { type TablePlan, tablePlan } from "../tables/live-tables.ts";
import type { ViewData } from "../protocol.ts";
import { instrumentCharts, selector } from "./instrument-charts.ts";
import { instrumentsIn, type InventoryRange } from "./inventory.ts";
import type { KnownMetrics } from "./known-metrics.ts";
import type { ViewName } from "./view-name.ts";

/** The content of a view, without values. */
export interface ViewPlan extends Pick<ViewData, "instruments" | "instrument"> {
  readonly charts: readonly ChartPlan[];
  readonly areas: readonly Area[];
  readonly tables?: readonly TablePlan[];
}

/** The parts of a plan. */
export interface PlanParts {
  readonly source: SampleSource;
  readonly queries: ChartQueries;
  readonly known: KnownMetrics;
  readonly exemplars: LiveExemplars;
  /** Name of the only member of the group; `undefined` if there are several. */
  readonly onlyMember: () => string | undefined;
  /** Number of a member, by its name. */
  readonly workerOf: (instance: string) => string;
  /** Window of rates. */
  readonly window: string;
  readonly range: InventoryRange;
}

const MAX_GAUGES = 50;
const PROCESS_AREAS: readonly Area[] = ["runtime", "process"];

/** Plans a view for the series that there are. */
export async function planOf(view: ViewName, parts: PlanParts): Promise<ViewPlan> {
  const { source, range, queries, known, window } = parts;
  // Charts of metrics without series in the range turn out to be empty, and are not shown.
  const names = await known.seriesNames(source);
  const metrics = { has: (name: string) => names.has(queries.nameOf(name)) };
  const present = panelsFor(metrics);
  const found = new Set(present.map(({ area }) => area));
  const areas = AREA_NAMES.filter((area) => found.has(area));
  const ofPanels = (panels: readonly Panel[], change?: (expression: string) => string): ViewPlan => ({
    charts: panels.map((panel) => queries.ofPanel(panel, window, change)),
    areas,
  });
  const tablePlans = (): readonly TablePlan[] =>
    tablesFor(metrics).map((table) => tablePlan(table, range.to - range.from, queries));
  switch (view.kind) {
    case "overview": {
      const first = ofPanels(overviewPanels(metrics));
      const further = view.isWhole ? ofPanels(present.filter(({ overview }) => !overview)).charts : [];
      return {
        areas,
        charts: [...first.charts, ...further.map((chart) => ({ ...chart, isFurther: true }))],
        tables: tablePlans(),
      };
    }
    case "row": {
      const table = TABLES.find(({ id }) => id === view.table);
      if (table === undefined) return ofPanels([]);
      const panels = present.filter(({ id }) => table.panels.includes(id));
      const matchers = rowMatchers(table, view.labels);
      return ofPanels(panels, (expression) => restricted(expression, matchers));
    }
    case "area":
      return {
        ...ofPanels(present.filter(({ area }) => area === view.area)),
        tables: tablePlans().filter(({ table }) => table.area === view.area),
      };
    case "kernel": {
      const panels = present.filter(({ area }) => area === "kernels");
      const matcher = { label: "kernel_id", operator: "=", value: view.id } as const;
      return ofPanels(panels, (expression) => restricted(expression, [matcher]));
    }
    case "process": {
      const panels = present.filter(({ area }) => PROCESS_AREAS.includes(area));
      // Its series have no label of a member.
      if (view.instance === parts.onlyMember()) return ofPanels(panels);
      const worker: Matcher = { label: "worker_id", operator: "=", value: parts.workerOf(view.instance) };
      const matchers: readonly Matcher[] = [{ ...worker, label: "instance", value: view.instance }, worker];
      const charts = matchers.flatMap((matcher) =>
        ofPanels(panels, (expression) => restricted(expression, [matcher])).charts.map((chart) => ({
          ...chart,
          id: `${chart.id}-${matcher.label}`,
        })),
      );
      const ofPanel = new Set(panels.flatMap(({ needs }) => needs.map((name) => queries.nameOf(name))));
      return { charts: [...charts, ...(await gaugeCharts(worker, ofPanel, parts))], areas };
    }
    case "instruments": {
      const instruments = await instrumentsIn(source, known, range);
      return { charts: [], areas, instruments: instruments.map(withoutAttributes) };
    }
    case "instrument": {
      const [instrument] = await instrumentOf(view.metric, parts);
      if (instrument === undefined) return { charts: [], areas };
      const charts = instrumentCharts(instrument, { queries, window, by: view.by });
      const { attributes } = instrument;
      const exemplars = parts.exemplars.of(view.metric);
      return { charts, areas, instrument: { ...withoutAttributes(instrument), attributes, exemplars } };
    }
    case "alerts":
      return { charts: [alertsChart(queries)], areas };
    case "events":
    case "explore":
      return { charts: [], areas };
    default:
      return view satisfies never;
  }
}

// Gauges of which each member has its own value.
async function gaugeCharts(
  worker: Matcher,
  others: ReadonlySet<string>,
  { source, known, range, queries }: PlanParts,
): Promise<readonly ChartPlan[]> {
  const metadata = await known.all(source);
  const names = new Set<string>();
  for await (const { __name__: name = "" } of labelsOf(source, { matchers: [worker], ...range }))
    if (!others.has(name) && metadata.get(name)?.type === "gauge") names.add(name);
  return [...names]
    .toSorted()
    .slice(0, MAX_GAUGES)
    .map((name) => ({
      id: `gauge-${name}`,
      title: name,
      description: metadata.get(name)?.help ?? "",
      unit: ucumUnit(metadata.get(name)?.unit ?? ""),
      kind: "lines",
      queries: [queries.query(restricted(selector(name), [worker]), "")],
    }));
}

// The series of a histogram have further names.
async function instrumentOf(
  metric: string,
  { source, known, range }: PlanParts,
): ReturnType<typeof instrumentsIn> {
  const found = await instrumentsIn(source, known, range, metric);
  const base = metric.replace(/_(?:count|sum|bucket)$/, "");
  return found.length > 0 || base === metric ? found : await instrumentsIn(source, known, range, base);
}

const AREA_NAMES: readonly Area[] = Object.keys(AREAS).filter((name): name is Area => name in AREAS);

function withoutAttributes({
  attributes: _attributes,
  hasBuckets: _hasBuckets,
  ...row
}: Awaited<ReturnType<typeof instrumentsIn>>[number]): NonNullable<ViewPlan["instruments"]>[number] {
  return row;
}

function alertsChart(queries: ChartQueries): ChartPlan {
  const expression = 'max by (alertname) (2 * ALERTS{alertstate="firing"} or ALERTS{alertstate="pending"})';
  return {
    id: "alerts",
    title: "Alerts",
    description: "State of each alert; no value while it is inactive.",
    unit: "1",
    kind: "state",
    states: { 1: "pending", 2: "firing" },
    queries: [queries.query(expression, "{{alertname}}")],
  };
}
