// Alerts, as the page shows them, and their silences.
import { createHash } from "node:crypto";
import type { Alert, Alerts } from "../alerts/index.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import { factorText } from "../diagnostics/factor-text.ts";
import { isObject } from "../options/check.ts";
import type { Labels } from "../query/source.ts";
import { labelsKey } from "../query/labels-key.ts";
import { literal, quoteText } from "../query/syntax/quoted-text.ts";
import { isCut, shortened, shownLabels } from "./charts/legend.ts";
import type { PageAlert } from "./protocol.ts";

const MAX_RESOLVED = 20;
const MAX_ALERTS = 500;
const RESOLVED_SECONDS = 3_600;
const MAX_TEXT_LENGTH = 2_000;
const MAX_CORRELATED = 10;
const MAX_SILENCE_SECONDS = 366 * 86_400;

/** The alerts of the process, with those that were resolved while the page was served. */
export class PageAlerts {
  readonly #alerts: Alerts;
  readonly #resolved = new Map<string, Alert>();
  readonly #forget: () => void;

  constructor(alerts: Alerts) {
    this.#alerts = alerts;
    this.#forget = alerts.on((alert) => this.#note(alert));
  }

  end(): void {
    this.#forget();
  }

  /** Firing and pending alerts, and those that were resolved in the last hour. */
  all(): readonly PageAlert[] {
    const silencesOf = this.#alerts.silencesOf();
    const since = Date.now() / 1_000 - RESOLVED_SECONDS;
    const resolved = [...this.#resolved.values()].filter(({ resolvedAt = 0 }) => resolvedAt >= since);
    const active = this.#alerts.active().toSorted((one, other) => rank(one) - rank(other));
    return [...active.slice(0, MAX_ALERTS), ...resolved].map((alert) =>
      pageAlert(alert, silencesOf(alert.labels)[0]),
    );
  }

  /** Adds the silence of a request. Returns the error, if it is invalid. */
  silence(request: unknown): string | undefined {
    if (!isObject(request)) return "the body must be an object with matchers, duration and comment";
    const { matchers, duration, comment } = request;
    if (!Array.isArray(matchers) || matchers.length === 0)
      return "matchers must be an array of at least one matcher";
    if (typeof duration !== "number" || !(duration > 0 && duration <= MAX_SILENCE_SECONDS))
      return "duration must be a number of seconds above 0, at most a year";
    if (typeof comment !== "string") return "comment must be a text";
    const texts = matchers.map(matcherText);
    if (texts.some((text) => text === undefined)) return "a matcher must have a name and a value, both texts";
    try {
      this.#alerts.silence(texts.join(","), { until: Date.now() / 1_000 + duration, comment });
      return undefined;
    } catch (error) {
      return errorMessage(error);
    }
  }

  /** Ends a silence. Returns `false` if the id is unknown. */
  endSilence(id: string): boolean {
    if (!this.#alerts.silences().some((silence) => silence.id === id)) return false;
    this.#alerts.endSilence(id);
    return true;
  }

  #note(alert: Alert): void {
    const key = labelsKey(alert.labels);
    this.#resolved.delete(key);
    if (alert.state === "resolved") this.#resolved.set(key, alert);
    for (const oldest of this.#resolved.keys()) {
      if (this.#resolved.size <= MAX_RESOLVED) break;
      this.#resolved.delete(oldest);
    }
  }
}

function matcherText(matcher: unknown): string | undefined {
  if (!isObject(matcher)) return undefined;
  const { name, value } = matcher;
  if (typeof name !== "string" || typeof value !== "string") return undefined;
  const label = /^[A-Za-z_]\w*$/.test(name) ? name : quoteText(name);
  // The page has only the beginning of a long value.
  return isCut(value)
    ? `${label}=~${quoteText(`${literal(value.slice(0, -1))}.*`)}`
    : `${label}=${quoteText(value)}`;
}

/** The id of an alert, by its labels. */
export function alertId(labels: Labels): string {
  return createHash("sha256").update(labelsKey(labels)).digest("hex").slice(0, 16);
}

function rank({ state }: Alert): number {
  return state === "firing" ? 0 : 1;
}

function pageAlert(alert: Alert, silenceId: string | undefined): PageAlert {
  const { name, state, labels, annotations, activeAt, firedAt, resolvedAt, correlated = [] } = alert;
  return {
    id: alertId(labels),
    name,
    state,
    severity: labels["severity"] ?? "",
    labels: shownLabels(labels),
    summary: shortened(annotations["summary"] ?? "", MAX_TEXT_LENGTH),
    description: shortened(annotations["description"] ?? "", MAX_TEXT_LENGTH),
    since: firedAt ?? activeAt,
    ...(resolvedAt !== undefined && { resolvedAt }),
    ...(silenceId !== undefined && { silenceId }),
    correlated: correlated.slice(0, MAX_CORRELATED).map(correlatedSeries),
  };
}

function correlatedSeries({
  metric,
  labels,
  isWeak,
  direction,
  factor,
}: NonNullable<Alert["correlated"]>[number]): PageAlert["correlated"][number] {
  const pairs = Object.entries(shownLabels(labels)).map(([label, value]) => `${label}=${quoteText(value)}`);
  const series = pairs.length === 0 ? metric : `${metric}{${pairs.join(",")}}`;
  return { metric, isWeak, text: `${shortened(series, MAX_TEXT_LENGTH)} ${direction}${factorText(factor)}` };
}
