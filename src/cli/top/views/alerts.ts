// Pending and firing alerts.
import { type CurrentAlert, stateText } from "../../../explain/current-alerts.ts";
import { durationText } from "../../flush.ts";
import type { Moment } from "../moment.ts";
import { type Column, type ListPage, numberCell, textCell, type View } from "../page.ts";
import type { Style } from "../terminal/screen.ts";

const COLUMNS: readonly Column[] = [
  { title: "STATE", kind: "text" },
  { title: "SEVERITY", kind: "text" },
  { title: "ALERT", kind: "text" },
  { title: "FOR", kind: "number" },
  { title: "VALUE", kind: "number" },
  { title: "LABELS", kind: "text" },
];

/** The view of all alerts. */
export const alertsView: View = { title: "Alerts", load: async (moment) => alertsPage(moment) };

/** Key of an alert's row. Two rules may have one name and equal labels, apart from the severity. */
export function alertKey({
  name,
  severity,
  labels,
}: Pick<CurrentAlert, "name" | "severity" | "labels">): string {
  return JSON.stringify([name, severity, labels]);
}

/** The style of an alert by its severity. */
export function severityStyle(severity: string): Style {
  return ["critical", "error"].includes(severity) ? "bad" : "warning";
}

function alertsPage({ status, watched }: Moment): ListPage {
  const { alerts } = status;
  return {
    kind: "list",
    columns: COLUMNS,
    rows: (alerts ?? []).map((alert) => {
      const { severity, name, sinceMillis, value, labels, summary, description } = alert;
      const state = stateText(alert);
      const shown = labels.map(([label, text]) => `${label}=${text}`).join(" ");
      return {
        key: alertKey(alert),
        cells: [
          textCell(state, state === "firing" ? severityStyle(severity) : "dim"),
          textCell(severity),
          textCell(name, "bold"),
          numberCell((Date.now() - sinceMillis) / 1_000, durationText),
          textCell(value),
          textCell(shown),
        ],
        open: (): View => ({
          title: name,
          load: async () => ({
            kind: "text",
            lines: [
              `${state}, ${severity}, since ${new Date(sinceMillis).toISOString()}, value ${value}`,
              ...[summary, description].filter((text) => text !== ""),
              ...labels.map(([label, text]) => `${label}=${text}`),
            ],
          }),
        }),
      };
    }),
    empty:
      alerts === undefined
        ? `"${watched.name}" has no alerts: start the application with option alerts`
        : "no alerts are pending or firing",
    isSortable: true,
  };
}
