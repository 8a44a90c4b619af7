// Texts about alerts, for people.
import { shownLines, shownText } from "../../../diagnostics/foreign-text.ts";
import type { Alert } from "../../alert.ts";
import { commonEntries, isFiring, type Notification } from "../notification.ts";
import { PROFILE_ANNOTATIONS } from "../../profiled-alerts.ts";

const MAX_SUBJECT = 200;
const MAX_LABEL = 500;
const MAX_CAUSE = 300;

/** One line for a notification: `[FIRING:2] DiskFull (instance="a")`. */
export function titleOf({ alerts, groupLabels }: Notification): string {
  const firing = alerts.filter(isFiring).length;
  const state = firing > 0 ? `FIRING:${firing}` : "RESOLVED";
  const names = [...new Set(alerts.map(({ name }) => name))];
  const { alertname: _, ...labels } = groupLabels;
  const name = names.length === 1 ? names[0] : `${names.length} alerts`;
  const place = Object.keys(labels).length === 0 ? "" : ` (${labelsText(labels)})`;
  return cut(shownText(`[${state}] ${name}${place}`), MAX_SUBJECT);
}

/** One line for an alert: its state, name, labels, summary, value and likeliest cause. */
export function lineOf(alert: Alert): string {
  const { alertname: _, ...labels } = alert.labels;
  const what = summaryOf(alert);
  const value = Number.isNaN(alert.value) ? "" : ` (value ${alert.value})`;
  const shown = `${alert.state === "firing" ? "firing" : "resolved"}: ${alert.name} {${labelsText(labels)}}`;
  return shownText(`${shown}${what === "" ? "" : `: ${what}`}${value}${causeText(alert)}`);
}

/** The annotation `summary`, else `description`, else `message`; empty if all are missing. */
export function summaryOf({ annotations }: Alert): string {
  return annotations["summary"] ?? annotations["description"] ?? annotations["message"] ?? "";
}

/**
 * The likeliest cause of a firing alert: the functions that ran, or the series that changed clearly. Empty if none is known.
 */
function causeOf({ state, annotations, correlated }: Alert): string {
  if (state !== "firing") return "";
  for (const name of Object.keys(PROFILE_ANNOTATIONS)) {
    const functions = annotations[name];
    if (functions !== undefined && functions !== "")
      return cut(`${name.replace("_", " ")} ${functions}`, MAX_CAUSE);
  }
  const isClear = correlated?.[0]?.isWeak === false;
  const [first = ""] = isClear ? (annotations["correlated"] ?? "").split("\n") : [];
  return cut(first, MAX_CAUSE);
}

/** The likeliest cause as the end of a line; empty if none is known. */
export function causeText(alert: Alert): string {
  const cause = causeOf(alert);
  return cause === "" ? "" : `; likeliest cause: ${cause}`;
}

/** A paragraph for an alert: its likeliest cause, annotations, and the labels that are not common to all alerts. */
export function paragraphOf(alert: Alert, alerts: readonly Alert[]): string {
  const { summary, description, ...others } = alert.annotations;
  // A comparison that found nothing is one line: "not enough data to compare".
  const saysMore = ([name, text]: readonly [string, string]): boolean =>
    name !== "correlated" || alert.correlated?.length !== 0 || text.includes("\n");
  const cause = causeOf(alert);
  const common = alerts.length > 1 ? commonEntries(alerts.map(({ labels }) => labels)) : {};
  const own = Object.entries(alert.labels).filter(
    ([name]) => name !== "alertname" && !Object.hasOwn(common, name),
  );
  return [
    ...[summary, description].flatMap((each) =>
      each === undefined || each === "" ? [] : [shownLines(each)],
    ),
    ...(cause === "" ? [] : [`Likeliest cause: ${shownText(cause)}`]),
    ...Object.entries(others)
      .filter(saysMore)
      .map(([name, value]) => `${shownText(name)}: ${shownLines(value)}`),
    ...(own.length > 0 ? [labelsText(Object.fromEntries(own))] : []),
    ...(Number.isNaN(alert.value) ? [] : [`value: ${alert.value}`]),
  ].join("\n");
}

/** Labels as `name="value", …`, on one line. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${shownText(name)}="${cut(shownText(value), MAX_LABEL)}"`)
    .join(", ");
}

/** Shortens a text to at most `max` UTF-16 code units; a character is never split. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
