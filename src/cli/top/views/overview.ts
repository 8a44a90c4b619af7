// The overview, as on the page: alerts, what is unusual, and the key figures of each section with its tables.
import {
  AREAS,
  numberText,
  overviewPanels,
  rowName,
  type Section,
  sectionOf,
  SECTIONS,
  type Table,
  type TableRows,
  tablesFor,
  valueText,
} from "../../../page/panels/index.ts";
import { durationText } from "../../flush.ts";
import type { Moment } from "../moment.ts";
import {
  type Cell,
  type Column,
  graphCell,
  type ListPage,
  numberCell,
  type Row,
  textCell,
  type View,
} from "../page.ts";
import { alertKey, alertsView, severityStyle } from "./alerts.ts";
import { areaView, rowView } from "./area.ts";
import { keyFigure, type LoadedPanel, loadedPanels } from "./figures.ts";
import { instrumentView } from "./instrument.ts";

const COLUMNS: readonly Column[] = [
  { title: "AREA", kind: "text" },
  { title: "FIGURE", kind: "text" },
  { title: "NOW", kind: "number" },
  { title: "", kind: "text" },
  { title: "TREND", kind: "graph" },
];
const EMPTY: Cell = textCell("");
// Further ones are in the views of their own.
const MAX_ALERTS = 3;
const MAX_ANOMALIES = 3;
const MAX_TABLE_ROWS = 5;
const SECTION_NAMES = Object.keys(SECTIONS).filter((name): name is Section => name in SECTIONS);

/** The first view. */
export const overviewView: View = { title: "Overview", load: overviewPage };

async function overviewPage(moment: Moment): Promise<ListPage> {
  const loaded = await loadedPanels(moment, overviewPanels(moment.names));
  const tables: (readonly [Table, TableRows])[] = [];
  for (const table of tablesFor(moment.names)) tables.push([table, await moment.table(table)]);
  const sections = SECTION_NAMES.flatMap((section) => [
    ...panelRows(loaded.filter(({ panel }) => sectionOf(panel) === section)),
    ...tables
      .filter(([table]) => sectionOf(table) === section)
      .flatMap(([table, found]) => tableOf(table, found)),
  ]);
  return {
    kind: "list",
    columns: COLUMNS,
    rows: [...alertRows(moment), ...anomalyRows(moment), ...sections],
    empty:
      moment.metrics.size === 0
        ? "no series yet"
        : `no series of a known area; key i lists all ${moment.metrics.size} metrics`,
    isSortable: false,
  };
}

function alertRows({ status }: Moment): readonly Row[] {
  const alerts = (status.alerts ?? []).filter(({ isSilenced }) => !isSilenced);
  return alerts.slice(0, MAX_ALERTS).map(({ name, severity, sinceMillis, labels, state, summary }, i) => ({
    key: `alert ${alertKey({ name, severity, labels })}`,
    cells: [
      textCell(i === 0 ? "Alerts" : "", "bold"),
      textCell(summary === "" ? name : summary, state === "firing" ? severityStyle(severity) : undefined),
      textCell(durationText((Date.now() - sinceMillis) / 1_000)),
      textCell(state === "firing" ? severity : state),
      EMPTY,
    ],
    open: () => alertsView,
  }));
}

function anomalyRows({ status }: Moment): readonly Row[] {
  return status.anomalies.slice(0, MAX_ANOMALIES).map(({ labels, score }, i) => {
    const { anomaly_metric: metric = "", anomaly_kind: kind = "" } = labels;
    return {
      key: `anomaly ${JSON.stringify(labels)}`,
      cells: [
        textCell(i === 0 ? "Unusual" : "", "bold"),
        textCell(metric, "warning"),
        textCell(numberText(score)),
        textCell(kind),
        EMPTY,
      ],
      open: () => instrumentView(metric),
    };
  });
}

function panelRows(loaded: readonly LoadedPanel[]): readonly Row[] {
  let lastArea: string | undefined;
  return loaded.flatMap(({ panel, queries }): readonly Row[] => {
    const figure = keyFigure({ panel, queries });
    if (figure === undefined) return [];
    const isFirst = panel.area !== lastArea;
    lastArea = panel.area;
    return [
      {
        key: panel.id,
        cells: [
          textCell(isFirst ? AREAS[panel.area] : "", "bold"),
          textCell(panel.title),
          textCell(figure.text, figure.style),
          textCell(figure.name, "dim"),
          graphCell(figure.values, panel.unit),
        ],
        open: () => areaView(panel.area),
      },
    ];
  });
}

function tableOf(table: Table, { rows }: TableRows): readonly Row[] {
  const { id, title, columns } = table;
  if (rows.length === 0) return [];
  const own: readonly Column[] = [
    { title, kind: "text" },
    ...columns.map((column): Column => ({ title: column.title.toUpperCase(), kind: "number" })),
  ];
  return [
    { key: id, columns: own, cells: [textCell(title, "bold")], isHeading: true },
    ...rows.slice(0, MAX_TABLE_ROWS).map(({ labels, values }): Row => ({
      key: `${id} ${JSON.stringify(labels)}`,
      columns: own,
      cells: [
        textCell(`  ${rowName(labels)}`),
        ...columns.map((column, i) => {
          const value = values[i] ?? undefined;
          const isFailing = column.title === "Errors" && (value ?? 0) > 0;
          return numberCell(value, (each) => valueText(each, column.unit), isFailing ? "bad" : undefined);
        }),
      ],
      open: () => rowView(table, labels),
    })),
  ];
}
