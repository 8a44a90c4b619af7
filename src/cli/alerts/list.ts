import { styleText } from "node:util";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { showUrl } from "../../diagnostics/show.ts";
import { basicAuthorization } from "../../io/http/basic-authorization.ts";
import { isObject } from "../../options/check.ts";
import { UsageError, type WordArguments } from "../arguments.ts";
import { durationText } from "../flush.ts";
import { isUrl } from "../open-history.ts";
import { Output, terminalWidth } from "../output.ts";
import { numberText, tableText } from "../texts.ts";
import { alertsFolder } from "./folder.ts";

const COLUMNS = [
  { title: "STATE" },
  { title: "SEVERITY" },
  { title: "ALERT" },
  { title: "FOR", isNumber: true },
  { title: "VALUE", isNumber: true },
  { title: "LABELS" },
  { title: "SUMMARY" },
];
const TIMEOUT_MILLIS = 10_000;
const SEVERITIES = ["critical", "error", "warning", "info"];

/** An alert as served by `/api/v1/alerts`. */
type AlertDocument = Readonly<Record<string, unknown>>;

/** Prints the pending and firing alerts of a server, or of the folder of an application. Returns 1 if one fires. */
export async function listAlerts(
  [place, ...others]: readonly string[],
  given: WordArguments,
): Promise<number> {
  if (others.length > 0)
    throw new UsageError(`alerts list: expected one URL, file or folder, got ${others.length + 1}`);
  const alerts = (await alertsOf(place)).toSorted(byUrgency);
  const output = new Output(process.stdout);
  if (given.flag("json")) await output.write(alerts.map((alert) => `${JSON.stringify(alert)}\n`).join(""));
  else if (alerts.length === 0) await output.write("no alerts are pending or firing\n");
  else {
    const table = tableText(COLUMNS, alerts.map(rowOf), terminalWidth(process.stdout));
    await output.write(table, hasColors() ? (text) => colored(text, alerts) : undefined);
    if (!isUrl(place ?? ""))
      await output.write("\nas last saved by the application; its URL has the current values\n");
  }
  return alerts.some(({ state }) => state === "firing") ? 1 : 0;
}

async function alertsOf(place: string | undefined): Promise<readonly AlertDocument[]> {
  if (place !== undefined && isUrl(place)) {
    if (URL.canParse(place)) return served(new URL(place));
    throw new UsageError("alerts list: expected a valid URL, such as http://127.0.0.1:9464");
  }
  const directory = alertsFolder("list", place);
  const { alertsDocument, savedAlerts } = await import("../../alerts/index.ts");
  return alertsDocument(savedAlerts(directory)).alerts;
}

async function served(url: URL): Promise<readonly AlertDocument[]> {
  const authorization = basicAuthorization(url);
  const path = new URL(`${url.pathname.replace(/\/(?:metrics)?$/, "")}/api/v1/alerts`, url.origin);
  const shown = showUrl(url);
  let response: Response;
  try {
    response = await fetch(path, {
      headers: authorization === undefined ? {} : { authorization },
      signal: AbortSignal.timeout(TIMEOUT_MILLIS),
    });
  } catch (error) {
    throw new Error(`"${shown}": no response (${errorMessage(error)}); check that the application runs`, {
      cause: error,
    });
  }
  const document: unknown = await response.json().catch(() => undefined);
  const data = isObject(document) && isObject(document["data"]) ? document["data"]["alerts"] : undefined;
  if (response.ok && Array.isArray(data)) return data.filter(isObject);
  const remedy =
    response.status === 404
      ? "start the application with option api: true"
      : "specify the URL of its endpoint";
  throw new Error(`"${shown}": no alerts are served (status ${response.status}); ${remedy}`);
}

// Firing alerts first, then by severity, then the oldest first.
function byUrgency(left: AlertDocument, right: AlertDocument): number {
  const rank = (alert: AlertDocument): readonly number[] => {
    const severity = SEVERITIES.indexOf(severityOf(alert));
    return [
      alert["state"] === "firing" ? 0 : 1,
      severity === -1 ? SEVERITIES.length : severity,
      sinceMillis(alert),
    ];
  };
  const ranks = rank(right);
  return rank(left).reduce((order, each, i) => order || each - (ranks[i] ?? each), 0);
}

function rowOf(alert: AlertDocument): readonly string[] {
  const labels = textsIn(alert, "labels");
  const others = Object.entries(labels).filter(([name]) => name !== "alertname" && name !== "severity");
  return [
    String(alert["state"]),
    severityOf(alert),
    labels["alertname"] ?? "",
    durationText((Date.now() - sinceMillis(alert)) / 1_000),
    valueText(String(alert["value"])),
    others.map(([name, value]) => `${name}=${value}`).join(" "),
    textsIn(alert, "annotations")["summary"] ?? "",
  ];
}

// Infinite values are served as `+Inf`.
function valueText(text: string): string {
  const value = Number(text);
  return Number.isFinite(value) ? numberText(value) : text;
}

function sinceMillis(alert: AlertDocument): number {
  return Date.parse(String(alert["activeAt"]));
}

function severityOf(alert: AlertDocument): string {
  return textsIn(alert, "labels")["severity"] ?? "";
}

function textsIn(alert: AlertDocument, field: string): Readonly<Record<string, string>> {
  const given = alert[field];
  if (!isObject(given)) return {};
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
}

/** @see https://no-color.org */
function hasColors(): boolean {
  return process.stdout.isTTY && process.stdout.hasColors();
}

// One line for each alert, after the header.
function colored(table: string, alerts: readonly AlertDocument[]): string {
  return table
    .split("\n")
    .map((line, i) => {
      const alert = alerts[i - 1];
      if (i === 0) return styleText("bold", line);
      if (alert?.["state"] !== "firing") return line;
      return styleText(severityOf(alert) === "critical" ? "red" : "yellow", line);
    })
    .join("\n");
}
