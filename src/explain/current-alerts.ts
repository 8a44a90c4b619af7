// The pending and firing alerts of an application.
import { isObject } from "../options/check.ts";
import { numberText } from "../page/panels/value-text.ts";

const SEVERITIES = ["critical", "error", "warning", "info"];

/** An alert as served by `/api/v1/alerts`. */
export type AlertDocument = Readonly<Record<string, unknown>>;

/** A pending or firing alert. */
export interface CurrentAlert {
  /** `pending` or `firing`. */
  readonly state: string;
  /** Whether a silence holds back its notifications. */
  readonly isSilenced: boolean;
  readonly severity: string;
  readonly name: string;
  /** Start, in Unix milliseconds. */
  readonly sinceMillis: number;
  readonly value: string;
  /** Without name and severity. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
  readonly document: AlertDocument;
}

/** Reads alerts, and sorts them: firing ones first, then by severity, then the oldest first. */
export function currentAlerts(documents: readonly AlertDocument[]): readonly CurrentAlert[] {
  return documents.map(alertFrom).toSorted(byUrgency);
}

function alertFrom(document: AlertDocument): CurrentAlert {
  const { alertname: name = "", severity = "", ...others } = labelsOf(document);
  const annotations = textsIn(document, "annotations");
  const { summary = "", description = "" } = annotations;
  return {
    state: String(document["state"]),
    isSilenced: Array.isArray(document["silencedBy"]),
    severity,
    name,
    sinceMillis: Date.parse(String(document["activeAt"])),
    value: valueText(String(document["value"])),
    labels: Object.entries(others),
    annotations,
    summary,
    description,
    document,
  };
}

/** The state of an alert in words: `firing`, or `firing, silenced`. */
export function stateText({ state, isSilenced }: CurrentAlert): string {
  return isSilenced ? `${state}, silenced` : state;
}

/** All labels of an alert, with its name and severity. */
export function labelsOf(document: AlertDocument): Readonly<Record<string, string>> {
  return textsIn(document, "labels");
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
