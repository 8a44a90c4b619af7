// Facts about an alert: its figure, changes before it, and the gaps.
import { showUrl } from "../../diagnostics/show.ts";
import { isObject } from "../../options/check.ts";
import type { AlertDocument, CurrentAlert } from "../alerts/current-alerts.ts";
import { isUrl } from "../open-history.ts";
import { lengthText } from "../report/times.ts";
import type { Watched } from "../top/watched/watched.ts";
import { conditionOf, usualOf } from "./condition.ts";

/** An explained alert. Times are in ISO 8601. */
export interface Explanation {
  readonly alert: {
    readonly name: string;
    readonly state: string;
    readonly severity: string;
    readonly since: string;
    readonly seconds: number;
    readonly labels: Readonly<Record<string, string>>;
    readonly summary: string;
    readonly description: string;
  };
  readonly value: {
    readonly current: string;
    /** The condition of the rule: `rate(errors_total[5m]) > 0.1`. */
    readonly condition?: string;
    readonly limit?: string;
    /** The range of nine tenths of the values in the day before the alert. */
    readonly usual?: readonly [low: number, high: number];
  };
  /** The functions that held the event loop or the processor, if they were seen. */
  readonly functions: readonly string[];
  /** Series that changed before the alert or with it, the likeliest cause first. */
  readonly changes: readonly string[];
  /** Deployments, restarts, reloads and others that may be a cause, the latest first. */
  readonly events: readonly string[];
  readonly processes: readonly string[];
  /** Other alerts, by urgency. */
  readonly others: readonly string[];
  /** Commands to go on with. */
  readonly next: readonly string[];
  /** Gaps, each with the option that would fill it. */
  readonly unknown: readonly string[];
}

interface Question {
  /** By default that of the most urgent alert. */
  readonly name: string | undefined;
  readonly place: string;
  readonly signal: AbortSignal;
}

// Annotations by profiles of the process.
const PROFILED = [
  ["blocked_by", "the event loop was blocked by"],
  ["busy_in", "the processor was busy in"],
  ["allocated_by", "memory was allocated by"],
] as const;
const EVENT_SECONDS = 3_600;
const WINDOW_SECONDS = 300;
const MAX_LISTED = 5;

/**
 * Explains an alert; `undefined` without alerts.
 *
 * @throws Error if there are no alerts to ask for, or none with this name
 */
export async function explanationOf(
  watched: Watched,
  { name, place, signal }: Question,
): Promise<Explanation | undefined> {
  const { now, end } = await watched.refresh(signal);
  const alerts = await watched.alerts?.(signal);
  if (alerts === undefined)
    throw new Error(
      `"${watched.name}": no alerts are known; start the application with alerts: true and api: true`,
    );
  const alert = name === undefined ? alerts[0] : alerts.find((each) => each.name === name);
  if (alert === undefined) {
    if (name === undefined) return undefined;
    const others =
      alerts.length === 0
        ? "none is"
        : `these are: ${[...new Set(alerts.map((each) => each.name))].join(", ")}`;
    throw new Error(`alert "${name}" is not pending or firing; ${others}`);
  }
  const since = alert.sinceMillis / 1_000;
  const unknown: string[] = [];
  const rule = await conditionOf(alert, place, signal);
  if (rule === undefined)
    unknown.push("the rule: a store has only the predefined ones; ask the application's URL");
  const usual = rule && (await usualOf(watched, alert, rule.left, since, signal));
  if (rule !== undefined && usual === undefined)
    unknown.push(
      "the usual values: too few samples from before the alert; a history keeps them (history: true)",
    );
  const functions = PROFILED.flatMap(([annotation, words]) => {
    const text = annotationOf(alert.document, annotation);
    return text === undefined ? [] : [`${words} ${text}`];
  });
  const changes = await changesOf(watched, alert, { metric: rule?.metric, since, now });
  if (changes === undefined) unknown.push("what changed with it: nothing was compared (anomalies: true)");
  if (functions.length === 0) unknown.push("the functions that ran: no profile was taken (profiles: true)");
  const listed = linesOf(changes);
  const stored = await eventsOf(watched, since, signal);
  if (stored === undefined) unknown.push("events: only a store has them, and the event log");
  return {
    alert: {
      name: alert.name,
      state: alert.state,
      severity: alert.severity,
      since: new Date(alert.sinceMillis).toISOString(),
      seconds: Math.max(0, Math.round(now - since)),
      labels: Object.fromEntries(alert.labels.filter(([label]) => !label.startsWith("otel_scope_"))),
      summary: alert.summary,
      description: alert.description,
    },
    value: {
      current: alert.value,
      ...(rule !== undefined && { condition: rule.text, limit: rule.limit }),
      ...(usual !== undefined && { usual }),
    },
    functions,
    changes: listed.filter((line) => !line.startsWith("event ")),
    events: [...listed.filter((line) => line.startsWith("event ")), ...(stored ?? [])].slice(0, MAX_LISTED),
    processes: await processesOf(watched, end, signal),
    others: alerts
      .filter((each) => each !== alert)
      .slice(0, MAX_LISTED)
      .map((each) => `${each.name} (${each.state}): ${each.summary}`),
    next: nextSteps(place, since, rule?.left, functions.length > 0),
    unknown,
  };
}

// By the annotation of a firing alert; of a pending one, or without detection of anomalies, compared now.
async function changesOf(
  watched: Watched,
  { document }: CurrentAlert,
  {
    metric,
    since,
    now,
  }: { readonly metric: string | undefined; readonly since: number; readonly now: number },
): Promise<string | undefined> {
  const known = annotationOf(document, "correlated");
  if (known !== undefined || metric === undefined) return known;
  const { correlate, correlationText } = await import("../../anomalies/parts.ts");
  const from = since - WINDOW_SECONDS;
  const correlated = await correlate({
    source: watched,
    metric,
    from,
    to: Math.min(now, since + WINDOW_SECONDS),
  });
  return correlationText(correlated, [], since * 1_000);
}

async function eventsOf(
  watched: Watched,
  since: number,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (watched.events === undefined) return undefined;
  const { mayExplain } = await import("../../anomalies/parts.ts");
  const lines: string[] = [];
  for await (const event of watched.events(since - EVENT_SECONDS, since + WINDOW_SECONDS, signal)) {
    const { event_type: type, timestamp } = event;
    if (mayExplain(type)) lines.push(`event ${type}, at ${timestamp}`);
  }
  return lines.toReversed();
}

async function processesOf(watched: Watched, now: number, signal: AbortSignal): Promise<readonly string[]> {
  const result = await watched.query("process_uptime_seconds", { time: now, signal });
  if (result.kind !== "vector") return [];
  return result.series.map(({ labels, value }) => {
    const { instance, service_instance_id: id, service_version: version } = labels;
    const name = instance ?? id ?? "the process";
    return `${name}${version === undefined ? "" : `, version ${version}`}, up for ${lengthText(Math.round(Number(value)))}`;
  });
}

function nextSteps(
  place: string,
  since: number,
  left: string | undefined,
  isProfiled: boolean,
): readonly string[] {
  const shown = isUrl(place) ? showUrl(place) : place;
  const from = new Date((since - EVENT_SECONDS) * 1_000).toISOString();
  return [
    ...(left === undefined ? [] : [`tachymeter query ${shown} '${left}' --from ${from}`]),
    ...(isProfiled || !isUrl(place) ? [] : [`tachymeter profile ${shown} --seconds 10`]),
    `tachymeter report ${shown} --from ${from}`,
  ];
}

function linesOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split("\n").filter((line) => line !== "");
}

function annotationOf({ annotations }: AlertDocument, name: string): string | undefined {
  const value = isObject(annotations) ? annotations[name] : undefined;
  return typeof value === "string" ? value : undefined;
}
