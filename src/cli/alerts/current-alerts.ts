// The pending and firing alerts of an application.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { showUrl } from "../../diagnostics/show.ts";
import { parsedJson } from "../../io/json.ts";
import { isObject } from "../../options/check.ts";
import { fetchBeside, type TextAnswer } from "../fetch-text.ts";
import { numberText } from "../../page/panels/value-text.ts";

const TIMEOUT_MILLIS = 10_000;
const SEVERITIES = ["critical", "error", "warning", "info"];

/** An alert as served by `/api/v1/alerts`. */
export type AlertDocument = Readonly<Record<string, unknown>>;

/** A pending or firing alert. */
export interface CurrentAlert {
  /** `pending` or `firing`. */
  readonly state: string;
  readonly severity: string;
  readonly name: string;
  /** Start, in Unix milliseconds. */
  readonly sinceMillis: number;
  readonly value: string;
  /** Without name and severity. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly summary: string;
  readonly description: string;
  readonly document: AlertDocument;
}

/**
 * The alerts of an application with option `api`, or of Prometheus.
 *
 * @throws Error if there is no response, or none with alerts
 */
export async function servedAlerts(url: URL, signal?: AbortSignal): Promise<readonly AlertDocument[]> {
  return servedList(url, "alerts", "alerts", signal);
}

/**
 * The groups of rules of an application with option `api`, or of Prometheus.
 *
 * @throws Error if there is no response, or none with rules
 */
export async function servedRules(
  url: URL,
  signal?: AbortSignal,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return servedList(url, "rules", "groups", signal);
}

async function servedList(
  url: URL,
  what: "alerts" | "rules",
  field: string,
  signal: AbortSignal | undefined,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const shown = showUrl(url);
  let response: TextAnswer;
  try {
    response = await fetchBeside(url, `/api/v1/${what}`, TIMEOUT_MILLIS, signal);
  } catch (error) {
    const reason = errorMessage(error);
    throw new Error(`"${shown}": no response (${reason}); check that the application runs`, { cause: error });
  }
  const document = parsedJson(response.text);
  const data = isObject(document) && isObject(document["data"]) ? document["data"][field] : undefined;
  if (response.isOk && Array.isArray(data)) return data.filter(isObject);
  const remedy =
    response.status === 404
      ? "start the application with option api: true, or with TACHYMETER_API=true"
      : "specify the URL of its endpoint";
  throw new Error(`"${shown}": no ${what} are served (status ${response.status}); ${remedy}`);
}

/** Reads alerts, and sorts them: firing ones first, then by severity, then the oldest first. */
export function currentAlerts(documents: readonly AlertDocument[]): readonly CurrentAlert[] {
  return documents.map(alertFrom).toSorted(byUrgency);
}

function alertFrom(document: AlertDocument): CurrentAlert {
  const { alertname: name = "", severity = "", ...others } = textsIn(document, "labels");
  const { summary = "", description = "" } = textsIn(document, "annotations");
  return {
    state: String(document["state"]),
    severity,
    name,
    sinceMillis: Date.parse(String(document["activeAt"])),
    value: valueText(String(document["value"])),
    labels: Object.entries(others),
    summary,
    description,
    document,
  };
}

function byUrgency(left: CurrentAlert, right: CurrentAlert): number {
  const rank = ({ state, severity, sinceMillis }: CurrentAlert): readonly number[] => {
    const place = SEVERITIES.indexOf(severity);
    return [state === "firing" ? 0 : 1, place === -1 ? SEVERITIES.length : place, sinceMillis];
  };
  const ranks = rank(right);
  return rank(left).reduce((order, each, i) => order || each - (ranks[i] ?? each), 0);
}

// Infinite values are served as `+Inf`.
function valueText(text: string): string {
  const value = Number(text);
  return Number.isFinite(value) ? numberText(value) : text;
}

function textsIn(alert: AlertDocument, field: string): Readonly<Record<string, string>> {
  const given = alert[field];
  if (!isObject(given)) return {};
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
}
