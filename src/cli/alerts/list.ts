import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { styleText } from "node:util";
import { UsageError, type WordArguments } from "../arguments.ts";
import { durationText } from "../flush.ts";
import { isUrl } from "../open-history.ts";
import { Output, terminalWidth } from "../output.ts";
import { tableText } from "../texts.ts";
import {
  type AlertDocument,
  type CurrentAlert,
  currentAlerts,
  stateText,
} from "../../explain/current-alerts.ts";
import { servedAlerts } from "./served-alerts.ts";
import { ALERTS_PLACE, alertsFolder } from "./folder.ts";

const COLUMNS = [
  { title: "STATE" },
  { title: "SEVERITY" },
  { title: "ALERT" },
  { title: "FOR", isNumber: true },
  { title: "VALUE", isNumber: true },
  { title: "LABELS" },
  { title: "SUMMARY" },
];

const PLACE = `its URL, ${ALERTS_PLACE}`;
// Files that alerts leave in their folder.
const STATE_FILE = /^(?:\.owner.*|(?:alerts|notifications|sequences|silences)\.json)$/;

const SAVED_ALERTS = /^(?:alerts|sequences)\.json$/;

/** Prints the pending and firing alerts of a server, or of the folder of an application. Returns 1 if one fires. */
export async function listAlerts(
  [place, ...others]: readonly string[],
  given: WordArguments,
): Promise<number> {
  if (others.length > 0)
    throw new UsageError(`alerts list: expected one URL, file or folder, got ${others.length + 1}`);
  const { documents, savedMillis } = await alertsOf(place);
  const alerts = currentAlerts(documents);
  const output = new Output(process.stdout);
  if (given.flag("json"))
    await output.write(alerts.map(({ document }) => `${JSON.stringify(document)}\n`).join(""));
  else if (alerts.length === 0) await output.write("no alerts are pending or firing\n");
  else {
    const rows = alerts.map((alert) => rowOf(alert, savedMillis ?? Date.now()));
    const table = tableText(COLUMNS, rows, terminalWidth(process.stdout));
    await output.write(table, hasColors() ? (text) => colored(text, alerts) : undefined);
    if (savedMillis !== undefined) {
      const ago = durationText(Math.max(0, Date.now() - savedMillis) / 1_000);
      await output.write(`\nas saved by the application ${ago} ago; its URL has the current values\n`);
    }
  }
  return alerts.some(({ state }) => state === "firing") ? 1 : 0;
}

interface ListedAlerts {
  readonly documents: readonly AlertDocument[];
  /** When the application last saved them; `undefined` if it was asked. */
  readonly savedMillis?: number;
}

async function alertsOf(place: string | undefined): Promise<ListedAlerts> {
  if (place !== undefined && isUrl(place)) {
    if (URL.canParse(place)) return { documents: await servedAlerts(new URL(place)) };
    throw new UsageError("alerts list: expected a valid URL, such as http://127.0.0.1:9464");
  }
  const directory = alertsFolder("list", place, PLACE);
  const files = readdirSync(directory).filter((name) => STATE_FILE.test(name));
  if (files.length === 0)
    throw new UsageError(
      `alerts list: "${directory}" is not the folder of an application's alerts; specify ${PLACE}`,
    );
  const { alertsDocument, savedAlerts, savedSilences } = await import("../../alerts/parts.ts");
  const { alerts } = alertsDocument(savedAlerts(directory), savedSilences(directory));
  const saved = files.filter((name) => SAVED_ALERTS.test(name));
  const times = saved.map((name) => statSync(join(directory, name)).mtimeMs);
  return { documents: alerts, savedMillis: Math.max(0, ...times) };
}

function rowOf(alert: CurrentAlert, nowMillis: number): readonly string[] {
  const { severity, name, sinceMillis, value, labels, summary } = alert;
  return [
    stateText(alert),
    severity,
    name,
    durationText(Math.max(0, nowMillis - sinceMillis) / 1_000),
    value,
    labels.map(([label, text]) => `${label}=${text}`).join(" "),
    summary,
  ];
}

/** @see https://no-color.org */
function hasColors(): boolean {
  return process.stdout.isTTY && process.stdout.hasColors();
}

// One line for each alert, after the header.
function colored(table: string, alerts: readonly CurrentAlert[]): string {
  return table
    .split("\n")
    .map((line, i) => {
      const alert = alerts[i - 1];
      if (i === 0) return styleText("bold", line);
      if (alert === undefined || stateText(alert) !== "firing") return line;
      return styleText(alert.severity === "critical" ? "red" : "yellow", line);
    })
    .join("\n");
}
