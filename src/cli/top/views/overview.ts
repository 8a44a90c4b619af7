// The overview: alerts, what is unusual, and the key figures of each area.
import { AREAS, numberText, overviewPanels } from "../../../page/panels/index.ts";
import { durationText } from "../../flush.ts";
import type { Moment } from "../moment.ts";
import { type Cell, type Column, graphCell, type ListPage, type Row, textCell, type View } from "../page.ts";
import { alertsView, severityStyle } from "./alerts.ts";
import { areaView } from "./area.ts";
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

/** The first view. */
export const overviewView: View = { title: "Overview", load: overviewPage };

async function overviewPage(moment: Moment): Promise<ListPage> {
  const loaded = await loadedPanels(moment, overviewPanels(moment.names));
  return {
    kind: "list",
    columns: COLUMNS,
    rows: [...alertRows(moment), ...anomalyRows(moment), ...panelRows(loaded)],
    empty:
      moment.metrics.size === 0
        ? "no series yet"
        : `no series of a known area; key i lists all ${moment.metrics.size} metrics`,
    isSortable: false,
  };
}

function alertRows({ status }: Moment): readonly Row[] {
  const firing = (status.alerts ?? []).filter(({ state }) => state === "firing").slice(0, MAX_ALERTS);
  return firing.map(({ name, severity, sinceMillis, labels }, i) => ({
    key: `alert ${name} ${JSON.stringify(labels)}`,
    cells: [
      textCell(i === 0 ? "Alerts" : "", "bold"),
      textCell(name, severityStyle(severity)),
      textCell(durationText((Date.now() - sinceMillis) / 1_000)),
      textCell(severity),
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
