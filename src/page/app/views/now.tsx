// Alerts, ill components and unusual series, the worst first, beside the newest events.
import { computed } from "@preact/signals";
import type { JSX } from "preact";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import { functionText } from "../../../diagnostics/function-text.ts";
import { labelsText } from "../../charts/legend.ts";
import type { PageAlert, PageEvent, Status, TableData } from "../../protocol.ts";
import { nameOf, valueOf } from "../chart/legend.tsx";
import { rareOf } from "../chart/plot-data.ts";
import { applicationTime, status, viewData } from "../state/live.ts";
import { now } from "../state/clock.ts";
import { linkTo, span } from "../state/route.ts";
import { alertLevel, type Level, levelOf } from "../text/levels.ts";
import { durationText, timeText } from "../text/times.ts";
import { valueWithUnit } from "../text/values.ts";
import { type Rise, risesOf } from "./rises.ts";

/** A line of what hurts. */
interface Trouble {
  readonly key: string;
  readonly level: Level | "good";
  readonly title: string;
  readonly detail: string;
  /** Its begin, in Unix seconds. */
  readonly since?: number;
  readonly href: string;
}

const MAX_TROUBLES = 30;
const MAX_EVENTS = 30;
// Messages and commands are work, not news.
const MAX_EVENTS_OF_TYPE = 12;

/** Series of the overview that are higher than before, if it shows the present. */
export const rises = computed(() => {
  const view = viewData.value;
  if (view === undefined || span.value.kind === "past") return [];
  return risesOf(
    view.charts.filter(({ isFurther }) => isFurther !== true),
    view.times,
  );
});

/** Two lists side by side: what is unusual, and events. */
export function Now(): JSX.Element {
  return (
    <div class="now">
      <Troubles />
      <Newest />
    </div>
  );
}

function Troubles(): JSX.Element {
  const state = status.value;
  const view = viewData.value;
  const troubles = state === undefined ? [] : troublesOf(state, view?.tables ?? [], rises.value);
  // Ages are those of the last second.
  void now.value;
  return (
    <section class="card" aria-labelledby="now">
      <h2 id="now">Now</h2>
      <ul class="lines" tabIndex={0} role="list" aria-label="Unusual now">
        {state !== undefined && troubles.length === 0 && <li class="muted">{quietText(state)}</li>}
        {troubles.slice(0, MAX_TROUBLES).map((trouble) => (
          <Line key={trouble.key} trouble={trouble} />
        ))}
        {troubles.length > MAX_TROUBLES && <li class="muted">and {troubles.length - MAX_TROUBLES} more</li>}
      </ul>
    </section>
  );
}

function Line({ trouble }: { readonly trouble: Trouble }): JSX.Element {
  const { level, title, detail, since, href } = trouble;
  return (
    <li class={level}>
      <i class="dot" aria-hidden="true" />
      <a href={href}>{title}</a>
      {since !== undefined && (
        <small class="muted">{durationText(Math.max(0, applicationTime() - since))}</small>
      )}
      {detail !== "" && <span class="text muted">{detail}</span>}
    </li>
  );
}

function Newest(): JSX.Element {
  const events = rareOf(viewData.value?.events ?? [], MAX_EVENTS_OF_TYPE)
    .slice(-MAX_EVENTS)
    .toReversed();
  return (
    <section class="card" aria-labelledby="newest">
      <h2 id="newest">
        <a href={linkTo("events")}>Newest events</a>
      </h2>
      <ul class="lines" tabIndex={0} role="list" aria-label="Newest events">
        {viewData.value !== undefined && events.length === 0 && (
          <li class="muted">No event in these times.</li>
        )}
        {events.map((event) => (
          <EventLine key={event.id} event={event} />
        ))}
      </ul>
    </section>
  );
}

function EventLine({ event }: { readonly event: PageEvent }): JSX.Element {
  const { time, type, severity, text } = event;
  return (
    <li class={levelOf(severity)}>
      <i class="dot" aria-hidden="true" />
      <time class="muted" dateTime={new Date(time * 1_000).toISOString()}>
        {timeText(time)}
      </time>
      <a href={linkTo("events", "", { type })}>{shownText(type)}</a>
      <span class="text muted">{shownText(text)}</span>
    </li>
  );
}

function troublesOf(
  state: Status,
  tables: readonly TableData[],
  higher: readonly Rise[],
): readonly Trouble[] {
  const { health, alerts = [], anomalies = [] } = state;
  const active = alerts.filter(
    ({ state: each, silenceId }) => each !== "resolved" && silenceId === undefined,
  );
  const components = (health?.components ?? [])
    .filter(({ status: each }) => each === "unhealthy" || each === "degraded")
    .map(({ name, status: each, reason }): Trouble => ({
      key: `health ${name}`,
      level: each === "unhealthy" ? "bad" : "warning",
      title: `${shownText(name)} is ${each}`,
      detail: shownText(reason),
      href: linkTo("area", "health"),
    }));
  const unusual = anomalies.map(({ metric, labels, since }): Trouble => ({
    key: `anomaly ${metric} ${labelsText(labels)}`,
    level: "neutral",
    title: `${shownText(metric)} is unusual`,
    detail: shownText(labelsText(labels)),
    since,
    href: linkTo("instrument", metric),
  }));
  const risen = higher.map(troubleOfRise);
  const blocked = (tables.find(({ id }) => id === "runtime-blocked")?.rows ?? []).map(
    ({ labels, values }): Trouble => ({
      key: `blocked ${labelsText(labels)}`,
      level: "warning",
      title: `Event loop blocked by ${shownText(functionOf(labels))}`,
      detail: `${valueWithUnit(values[0], "1")} of the time`,
      href: linkTo("area", "runtime"),
    }),
  );
  const order: Readonly<Record<Trouble["level"], number>> = { bad: 0, warning: 1, neutral: 2, good: 3 };
  return [...components, ...active.map(troubleOfAlert), ...risen, ...blocked, ...unusual].toSorted(
    (one, other) => order[one.level] - order[other.level],
  );
}

function troubleOfRise({ chart, series, value, before, since }: Rise): Trouble {
  const title = shownText(chart.title);
  const name = nameOf(series, chart);
  const isNamed = !title.toLowerCase().includes(name.toLowerCase());
  return {
    key: `rise ${chart.id}`,
    level: "warning",
    title: `${title}: ${isNamed ? `${name} ` : ""}${valueOf(chart, value)}`,
    detail: `before ${valueOf(chart, before)}`,
    since,
    href: chart.area === undefined ? linkTo("overview") : linkTo("area", chart.area),
  };
}

function troubleOfAlert(alert: PageAlert): Trouble {
  const { id, name, state, summary, labels, since, correlated } = alert;
  const { alertname: _name, severity: _severity, job: _job, instance: _instance, ...others } = labels;
  const moved = correlated.find(({ isWeak }) => !isWeak);
  const details = [
    state === "pending" ? "pending" : "",
    labelsText(others),
    moved === undefined ? "" : `moved with it: ${moved.text}`,
  ];
  return {
    key: `alert ${id}`,
    level: alertLevel(alert),
    title: shownText(summary === "" ? name : summary),
    detail: shownText(details.filter((each) => each !== "").join(" · ")),
    since,
    href: linkTo("alerts"),
  };
}

function functionOf(labels: Readonly<Record<string, string>>): string {
  const { code_function_name: name = "", code_file_path: file, code_line_number: line } = labels;
  return functionText({ function: name, file, line });
}

function quietText({ alerts, anomalies }: Status): string {
  if (alerts === undefined && anomalies === undefined)
    return "Alerts and the detection of anomalies are off.";
  return "Nothing fires, is pending or unusual.";
}
