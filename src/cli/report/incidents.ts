// Alerts that fired and unusual series in the range of a report, and restarts of processes.
import { statSync } from "node:fs";
import { join } from "node:path";
import type { TelemetryEvent } from "../../facades/index.ts";
import { isObject } from "../../options/check.ts";
import type { History, RemoteHistory } from "../../history/index.ts";
import { collectionInterval } from "../collection-interval.ts";
import { STARTS, TOLERANCE_SECONDS } from "../../page/panels/index.ts";
import { evaluated } from "../query/expression.ts";
import type { Span } from "./span.ts";
import { formatDuration } from "../texts.ts";
import type { ChartSteps } from "./window.ts";

/** A time in which an alert fired or a series was unusual. */
export interface Incident {
  readonly kind: "alert" | "anomaly" | "restart";
  /** Name of the alert, the metric, or the process. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** In ISO 8601; the start of the range if it began earlier. */
  readonly from: string;
  /** `null` if it lasts until the end of the range. */
  readonly to: string | null;
  /** Annotation `correlated` of an alert. */
  readonly correlated?: string;
}

const OLDER_THAN_YOUNGEST =
  "> on (job, service_name) group_left () min by (job, service_name) (process_uptime_seconds)";
const AGE_BEFORE = "process_uptime_seconds offset $range";
const START_BEFORE = `timestamp(${AGE_BEFORE}) - ${AGE_BEFORE}`;
const KINDS = [
  {
    kind: "alert",
    expression: 'ALERTS{alertstate="firing"} > 0',
    name: "alertname",
    hides: /^(?:__name__|alertname|alertstate|otel_scope_.*)$/,
  },
  {
    kind: "anomaly",
    expression: "anomaly_active > 0",
    name: "anomaly_metric",
    hides: /^(?:__name__|anomaly_metric|otel_scope_.*)$/,
  },
  {
    kind: "restart",
    // In one series, whose new process may be older when it is first collected than the one before was at its only sample.
    // A process with further samples goes on after the machine was suspended. Or the end of a process beside a new one,
    // which began at most ten minutes before. The last uptime shows when a process ended.
    expression: `resets(process_uptime_seconds[$range]) > 0 or
      (${STARTS} - (${START_BEFORE}) > ${TOLERANCE_SECONDS} and process_uptime_seconds <= $seconds
        and ${AGE_BEFORE} <= min_over_time(process_uptime_seconds[$last] offset $range)) or
      (${AGE_BEFORE} unless process_uptime_seconds) ${OLDER_THAN_YOUNGEST} and
      (600 + $seconds + ${AGE_BEFORE} - last_over_time(process_uptime_seconds[$last]))
      ${OLDER_THAN_YOUNGEST}`,
    name: "instance",
    hides: /^(?:__name__|instance|otel_scope_.*)$/,
  },
] as const;
const ALERT_EVENTS = ["alert.firing", "alert.correlated", "alert.resolved"];
const MAX_INCIDENTS = 100;
// Number of alerts of a process, by state. Newer alerts may not be in it.
const ACTIVE = "alerts_active";
const LATEST_SECONDS = 300;

/** The incidents, in the order of time; at most 100. `store` is the place of the history. */
export async function incidentsOf(
  history: History | RemoteHistory,
  store: string,
  { span: { from, to }, step }: Pick<ChartSteps, "span" | "step">,
): Promise<readonly Incident[]> {
  const found: Incident[] = [];
  for (const { kind, expression, name, hides } of KINDS) {
    const seconds = Math.max(2 * step, 120);
    const text = expression
      .replaceAll("$range", formatDuration(seconds))
      .replaceAll("$last", formatDuration(seconds + LATEST_SECONDS))
      .replaceAll("$seconds", String(seconds));
    const result = await evaluated(history, { kind: "range", format: "json", text, from, to, step });
    if (result.kind !== "matrix") continue;
    for (const { labels, times } of result.series) {
      const shown = Object.fromEntries(Object.entries(labels).filter(([label]) => !hides.test(label)));
      for (const [start, end] of periodsOf(times, step)) {
        const last = end + step > to ? null : isoOf(end);
        found.push({
          kind,
          name: labels[name] ?? labels["service_instance_id"] ?? "the process",
          labels: shown,
          from: isoOf(start - step < from ? from : start),
          to: last,
        });
      }
    }
  }
  const ofEvents = await alertsOfEvents(history, { from, to });
  const alerts = found.filter(({ kind }) => kind === "alert");
  // The events of an alert may be older than the store keeps them.
  const ofFiles = "queryRange" in history ? [] : await firingAlerts(store, { from, to });
  const firing = [...ofEvents, ...ofFiles];
  for (const each of await endedWithProcesses(history, firing, { span: { from, to }, step })) {
    if (alerts.some((alert) => isSame(alert, each))) continue;
    alerts.push(each);
    found.push(each);
  }
  return found
    .map((each) => withCorrelated(each, ofEvents))
    .toSorted((one, other) => (one.from < other.from ? -1 : 1))
    .slice(0, MAX_INCIDENTS);
}

// A store has the events of alerts, but not `ALERTS`. Alerts that fire at the start of the range have earlier events.
async function alertsOfEvents(history: History | RemoteHistory, span: Span): Promise<readonly Incident[]> {
  if ("queryRange" in history) return [];
  const events: TelemetryEvent[] = [];
  for (const type of ALERT_EVENTS) {
    for await (const event of history.events({ type, to: span.to })) events.push(event);
  }
  const running = new Map<string, Incident>();
  const ended: Incident[] = [];
  const start = isoOf(span.from);
  const byTime = (one: TelemetryEvent, other: TelemetryEvent): number =>
    Date.parse(one.timestamp) - Date.parse(other.timestamp);
  for (const { event_type: type, timestamp, data, labels = {} } of events.toSorted(byTime)) {
    const name = isObject(data) ? data["name"] : undefined;
    if (typeof name !== "string") continue;
    const shown = Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, String(value)]));
    const key = JSON.stringify([name, shown]);
    const before = running.get(key);
    running.delete(key);
    const time = timestamp < start ? start : timestamp;
    // The store no longer has the event of the start if another one comes first.
    const from = before?.from ?? (type === "alert.firing" ? time : start);
    const correlated = before?.correlated === undefined ? {} : { correlated: before.correlated };
    const incident = {
      kind: "alert",
      name,
      labels: shown,
      from,
      ...correlated,
      ...correlatedIn(data),
    } as const;
    if (type !== "alert.resolved") running.set(key, { ...incident, to: null });
    else if (timestamp >= start) ended.push({ ...incident, to: timestamp });
  }
  return [...ended, ...running.values()];
}

// Alerts that fired in the range and fire still, by the files that a process writes beside its history.
async function firingAlerts(store: string, span: Span): Promise<readonly Incident[]> {
  const directory = `${store}.alerts`;
  const written = statSync(join(directory, "alerts.json"), { throwIfNoEntry: false })?.mtimeMs;
  if (written === undefined || written / 1_000 < span.from) return [];
  const { savedAlerts } = await import("../../alerts/parts.ts");
  return savedAlerts(directory)
    .filter(({ state, activeAt }) => state === "firing" && activeAt <= span.to)
    .map(({ name, labels, activeAt }) => ({
      kind: "alert",
      name,
      labels,
      from: isoOf(Math.max(activeAt, span.from)),
      to: null,
    }));
}

// A killed process resolves no alert, and perhaps none continues its alerts: they ended with the last data of firing ones.
async function endedWithProcesses(
  history: History | RemoteHistory,
  incidents: readonly Incident[],
  { span: { from, to }, step }: Pick<ChartSteps, "span" | "step">,
): Promise<readonly Incident[]> {
  if (incidents.every((each) => each.to !== null)) return incidents;
  const interval = (await collectionInterval(history, { from, to }, ACTIVE)) ?? 0;
  const latest = Math.max(2 * interval, LATEST_SECONDS);
  // Samples that are further apart are not found at each step.
  const selector = `${ACTIVE}{alert_state="firing"}`;
  const text =
    latest > LATEST_SECONDS
      ? `last_over_time(${selector}[${formatDuration(latest)}]) > 0`
      : `${selector} > 0`;
  const firing = await evaluated(history, { kind: "range", format: "json", text, from, to, step });
  const times = firing.kind === "matrix" ? firing.series.map((each) => each.times.at(-1) ?? from) : [];
  if (times.length === 0) {
    const known = `present_over_time(${ACTIVE}[90d])`;
    const found = await evaluated(history, { kind: "instant", format: "json", text: known, time: to });
    if (found.kind !== "vector" || found.series.length === 0) return incidents;
  }
  const last = Math.max(from, ...times);
  if (to - last <= Math.max(2 * step, latest)) return incidents;
  return incidents.flatMap((each) => {
    const began = Date.parse(each.from) / 1_000;
    if (each.to !== null || to - began <= latest) return [each];
    if (times.length === 0 && began <= from) return [];
    return [{ ...each, to: isoOf(Math.max(began, last)) }];
  });
}

function correlatedIn(data: unknown): Pick<Incident, "correlated"> {
  const annotations = isObject(data) ? data["annotations"] : undefined;
  const correlated = isObject(annotations) ? annotations["correlated"] : undefined;
  return typeof correlated === "string" ? { correlated } : {};
}

// `ALERTS` has no annotations. The events of the same alert in the same time have.
function withCorrelated(incident: Incident, ofEvents: readonly Incident[]): Incident {
  if (incident.kind !== "alert" || incident.correlated !== undefined) return incident;
  const event = ofEvents.find((each) => each.correlated !== undefined && isSame(incident, each));
  return event?.correlated === undefined ? incident : { ...incident, correlated: event.correlated };
}

// Whether both are of the same alert, in the same time.
function isSame(one: Incident, other: Incident): boolean {
  const hasLabels = Object.entries(one.labels).every(([label, value]) =>
    [undefined, value].includes(other.labels[label]),
  );
  const overlaps = (one.to === null || other.from <= one.to) && (other.to === null || other.to >= one.from);
  return one.name === other.name && hasLabels && overlaps;
}

// Times without a gap of more than two steps.
function periodsOf(times: Float64Array, step: number): readonly (readonly [start: number, end: number])[] {
  const periods: [number, number][] = [];
  for (const time of times) {
    const last = periods.at(-1);
    if (last !== undefined && time - last[1] <= 2 * step) last[1] = time;
    else periods.push([time, time]);
  }
  return periods;
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}
