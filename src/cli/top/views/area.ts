// An area, or a row of a table: its panels, with a line for each series.
import {
  type Area,
  AREAS,
  type Panel,
  panelsFor,
  panelValueText,
  rowMatchers,
  rowName,
  type Table,
  type TableRow,
  withRange,
} from "../../../page/panels/index.ts";
import { restricted } from "../../../query/restricted.ts";
import { extremesOf } from "../../query/shown.ts";
import type { Moment } from "../moment.ts";
import { type Column, graphCell, type ListPage, numberCell, type Row, textCell, type View } from "../page.ts";
import { lastOf, type LoadedPanel, loadedPanels, type PanelSeries, styleOf } from "./figures.ts";
import { seriesView } from "./series.ts";

const COLUMNS: readonly Column[] = [
  { title: "SERIES", kind: "text" },
  { title: "LAST", kind: "number" },
  { title: "MIN", kind: "number" },
  { title: "MAX", kind: "number" },
  { title: "TREND", kind: "graph" },
];

/** The view of an area. */
export function areaView(area: Area): View {
  return { title: AREAS[area], load: (moment) => panelsPage(moment, panelsFor(moment.names, area)) };
}

/** The view of a row of a table: the series of its labels. */
export function rowView(table: Table, labels: TableRow["labels"]): View {
  const matchers = rowMatchers(table, labels);
  return {
    title: rowName(labels),
    load: (moment) => {
      const panels = panelsFor(moment.names).filter(({ id }) => table.panels.includes(id));
      const narrowed = panels.map((panel): Panel => ({
        ...panel,
        queries: panel.queries.map((query) => ({
          ...query,
          expression: restricted(withRange(query, moment.window), matchers),
        })),
      }));
      return panelsPage(moment, narrowed);
    },
  };
}

async function panelsPage(moment: Moment, panels: readonly Panel[]): Promise<ListPage> {
  const loaded = await loadedPanels(moment, panels);
  return {
    kind: "list",
    columns: COLUMNS,
    rows: loaded.flatMap(rowsOf),
    empty: "no series",
    isSortable: false,
  };
}

function rowsOf({ panel, queries }: LoadedPanel): readonly Row[] {
  const series = queries.flat();
  const heading: Row = { key: panel.id, cells: [textCell(panel.title, "bold")], isHeading: true };
  if (series.length === 0) return [];
  return [heading, ...series.map((each) => rowOf(panel, each))];
}

function rowOf(panel: LoadedPanel["panel"], series: PanelSeries): Row {
  const { name, expression, labels, values } = series;
  const format = (value: number): string => panelValueText(panel, value);
  const [min, max] = extremesOf([...values]);
  const shown = name === "" ? "all" : name;
  const last = lastOf(values);
  return {
    key: `${panel.id} ${expression} ${JSON.stringify(labels)}`,
    cells: [
      textCell(`  ${shown}`),
      numberCell(last, format, styleOf(panel, last)),
      numberCell(min, format),
      numberCell(max, format),
      graphCell(values, panel.unit),
    ],
    open: () =>
      seriesView({
        title: `${panel.title}: ${shown}`,
        labels,
        description: panel.description,
        figures: [{ title: panel.title, expression, unit: panel.unit, format }],
      }),
  };
}
