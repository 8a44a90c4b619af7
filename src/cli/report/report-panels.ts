// The panels of a report: the catalogue's, and those of the application's own instruments.
import type { History, RemoteHistory } from "../../history/index.ts";
import { PANELS, panelsFor } from "../../page/panels/index.ts";
import { genericPanels } from "../dashboards/generic-panels.ts";
import type { Syntax } from "../dashboards/expressions.ts";
import { instrumentsOf, isShown, seriesNames } from "../dashboards/instruments.ts";
import type { ReportPanel } from "./panel-charts.ts";

const MAX_OTHERS = 24;
// Metrics of the machine, the runtime, the libraries and the telemetry beyond those in the catalogue are details.
const DETAIL =
  /^(?:ALERTS|slo:|(?:alerts?|anomaly|commands?|connection|container|coordination|db|gen_ai|health|http|kernel|llm|mcp|messages?|network|nodejs|otel|process|system|telemetry|v8js)_)/;

/** The panels of the metrics that a store has. */
export async function reportPanels(
  history: History | RemoteHistory,
  syntax: Syntax,
): Promise<{ readonly panels: readonly ReportPanel[]; readonly metrics: readonly string[] }> {
  const instruments = await instrumentsOf(history);
  const metrics = instruments.flatMap(seriesNames);
  const known = panelsFor(new Set(metrics));
  const others = instruments.filter(
    (instrument) => !DETAIL.test(instrument.name) && !isShown(instrument, known, syntax),
  );
  const own = others
    .slice(0, MAX_OTHERS)
    .flatMap((instrument) => genericPanels(instrument, syntax))
    .flatMap(({ kind, ...panel }, i): ReportPanel[] =>
      kind === "heatmap" ? [] : [{ ...panel, kind, id: `other-${i}`, area: "other" }],
    );
  return { panels: [...known, ...own].toSorted((one, other) => orderOf(one) - orderOf(other)), metrics };
}

// The application's own instruments follow its traffic.
function orderOf({ id, area }: ReportPanel): number {
  const first = PANELS.findIndex((panel) => panel.area === "coordination");
  return area === "other" ? first - 0.5 : PANELS.findIndex((panel) => panel.id === id);
}
