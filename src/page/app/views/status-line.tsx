// The state of the application in one line: health, alerts, anomalies, processes.
import type { ComponentChildren, JSX } from "preact";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import type { Status } from "../../protocol.ts";
import { status } from "../state/live.ts";
import { linkTo } from "../state/route.ts";
import { alertLevel, worstOf } from "../text/levels.ts";
import { durationText } from "../text/times.ts";
import { rises } from "./now.tsx";

// The status arrives with each collection, after 15 seconds by default.
const STALE_SECONDS = 30;

/** The line. */
export function StatusLine(): JSX.Element {
  const state = status.value;
  if (state === undefined) return <div class="status-line skeleton" />;
  const { health, alerts, anomalies, historyWarning } = state;
  return (
    <>
      <section class="status-line" aria-label="State">
        {health !== undefined && <Health health={health} />}
        {alerts !== undefined && <Alerts alerts={alerts} isSent={state.areAlertsSent === true} />}
        {anomalies !== undefined && <Anomalies anomalies={anomalies} />}
        {state.budgets?.some(({ left }) => left !== undefined) === true && <Budgets state={state} />}
        <Members state={state} />
      </section>
      {historyWarning !== undefined && <p class="banner foreign">{shownText(capital(historyWarning))}.</p>}
    </>
  );
}

function Cell(props: {
  readonly label: string;
  readonly level: "good" | "warning" | "bad" | "neutral";
  readonly href: string;
  readonly value: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <a class={`cell ${props.level}`} href={props.href}>
      <span class="label">{props.label}</span>
      <strong>
        <i class="dot" aria-hidden="true" />
        {props.value}
      </strong>
      <span class="detail">{props.children}</span>
    </a>
  );
}

const HEALTH_LEVELS = { unknown: "neutral", healthy: "good", degraded: "warning", unhealthy: "bad" } as const;

function Health({ health }: { readonly health: NonNullable<Status["health"]> }): JSX.Element {
  const ill = health.components.filter(({ status: each }) => each !== "healthy");
  const reasons = ill.map(({ name, reason }) => shownText(reason === "" ? name : `${name}: ${reason}`));
  return (
    <Cell
      label="Health"
      level={HEALTH_LEVELS[health.status]}
      href={linkTo("area", "health")}
      value={capital(health.status)}
    >
      <span title={reasons.join("\n")}>
        {reasons.length === 0
          ? `${health.components.length} ${health.components.length === 1 ? "component" : "components"}`
          : reasons.join(" · ")}
      </span>
    </Cell>
  );
}

function Alerts(props: {
  readonly alerts: NonNullable<Status["alerts"]>;
  /** Whether they are sent or logged. */
  readonly isSent: boolean;
}): JSX.Element {
  const { alerts, isSent } = props;
  const silenced = alerts.filter(
    ({ silenceId, state }) => silenceId !== undefined && state !== "resolved",
  ).length;
  const count = (state: string): number =>
    alerts.filter((alert) => alert.state === state && alert.silenceId === undefined).length;
  const [firing, pending] = [count("firing"), count("pending")];
  const worst = firing > 0 ? "firing" : "pending";
  const names = alerts.filter(({ state, silenceId }) => state === worst && silenceId === undefined);
  const others = [
    firing > 0 && pending > 0 ? `${pending} pending` : "",
    silenced > 0 ? `${silenced} silenced` : "",
  ];
  return (
    <Cell
      label="Alerts"
      level={worstOf(names.map(alertLevel))}
      href={linkTo("alerts")}
      value={firing > 0 ? `${firing} firing` : pending > 0 ? `${pending} pending` : "None firing"}
    >
      {[...new Set(names.map(({ name }) => shownText(name))), ...others, isSent ? "" : "shown here only"]
        .filter((each) => each !== "")
        .join(" · ")}
    </Cell>
  );
}

function Anomalies({ anomalies }: { readonly anomalies: NonNullable<Status["anomalies"]> }): JSX.Element {
  const names = new Set([
    ...anomalies.map(({ metric }) => shownText(metric)),
    ...rises.value.map(({ chart }) => shownText(chart.title)),
  ]);
  const count = anomalies.length + rises.value.length;
  const metric = anomalies[0]?.metric;
  return (
    <Cell
      label="Unusual now"
      level={count > 0 ? "warning" : "good"}
      href={metric === undefined ? linkTo("alerts") : linkTo("instrument", metric)}
      value={count === 0 ? "Nothing" : `${count} series`}
    >
      {[...names].join(" · ")}
    </Cell>
  );
}

const LOW_BUDGET = 0.25;

function Budgets({ state: { budgets = [], hasHistory } }: { readonly state: Status }): JSX.Element {
  const [least] = budgets.toSorted((one, other) => (one.left ?? 2) - (other.left ?? 2));
  const left = least?.left ?? 1;
  const others = budgets.length - 1;
  const parts = [
    shownText(least?.name ?? ""),
    others > 0 ? `and ${others} more` : "",
    hasHistory ? (least?.window ?? "") : "last hour",
  ];
  return (
    <Cell
      label="Error budget left"
      level={left <= 0 ? "bad" : left < LOW_BUDGET ? "warning" : "good"}
      href={linkTo("alerts")}
      value={`${Number((100 * left).toPrecision(3))} %`}
    >
      {parts.filter((each) => each !== "").join(" · ")}
    </Cell>
  );
}

function Members({ state }: { readonly state: Status }): JSX.Element {
  const { members, runtime, startedAt, time, restarts } = state;
  const stale = members.filter(({ ageSeconds, isBlocked }) => isBlocked || ageSeconds > STALE_SECONDS);
  const oldest = Math.max(0, ...stale.map(({ ageSeconds }) => ageSeconds));
  // Its name is that of its process, and its number.
  const threads = members.filter(({ instance }) => instance.includes("/")).length;
  const details = [
    stale.length === 0 ? "" : `${stale.length} without figures for ${durationText(oldest)}`,
    counted(threads, "thread"),
    `up ${durationText(time - startedAt)}`,
    restarts === 0 ? "" : `${counted(restarts, "restart")} in a day`,
    runtime,
  ];
  return (
    <Cell
      label="Processes"
      level={stale.length > 0 ? "warning" : "good"}
      href={linkTo("processes")}
      value={String(members.length - threads)}
    >
      {details.filter((each) => each !== "").join(" · ")}
    </Cell>
  );
}

function counted(count: number, noun: string): string {
  return count === 0 ? "" : `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function capital(text: string): string {
  return text.replace(/^./, (first) => first.toUpperCase());
}
