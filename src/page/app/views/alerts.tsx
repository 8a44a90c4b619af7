// Alerts: firing, pending, silenced, resolved; and their history.
import { useSignal } from "@preact/signals";
import type { ComponentChild, JSX } from "preact";
import { useRef } from "preact/hooks";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import type { PageAlert } from "../../protocol.ts";
import { focusContent } from "../shell/keys.ts";
import { now } from "../state/clock.ts";
import { receivedAt, status, viewData } from "../state/live.ts";
import { peer } from "../state/peers.ts";
import { linkTo } from "../state/route.ts";
import { endSilence } from "../state/silences.ts";
import { alertLevel } from "../text/levels.ts";
import { durationText, timeText } from "../text/times.ts";
import { Charts } from "./charts.tsx";
import { Empty, Skeleton } from "./empty.tsx";
import { SilenceForm } from "./silence-form.tsx";

const SECTIONS: readonly (readonly [title: string, isIn: (alert: PageAlert) => boolean])[] = [
  ["Firing", ({ state, silenceId }) => state === "firing" && silenceId === undefined],
  ["Pending", ({ state, silenceId }) => state === "pending" && silenceId === undefined],
  ["Silenced", ({ state, silenceId }) => state !== "resolved" && silenceId !== undefined],
  ["Resolved", ({ state }) => state === "resolved"],
];

/** The page of alerts. */
export function AlertsPage(): JSX.Element {
  const state = status.value;
  const view = viewData.value;
  return (
    <>
      <h1>Alerts</h1>
      {state === undefined ? (
        <Skeleton size="row" count={4} />
      ) : state.alerts === undefined ? (
        <Empty title="Alerts are off">
          Start with <code>alerts: true</code> or <code>TACHYMETER_ALERTS=true</code> for the predefined
          monitors.
        </Empty>
      ) : state.alerts.length === 0 ? (
        <Empty title="No alert">Nothing is pending or firing, and nothing was resolved lately.</Empty>
      ) : (
        SECTIONS.map(([title, isIn]) => (
          <Section
            key={title}
            title={title}
            alerts={state.alerts?.filter(isIn) ?? []}
            maySilence={state.maySilence && peer.value === ""}
          />
        ))
      )}
      {state?.maySilence === false &&
        peer.value === "" &&
        state.alerts !== undefined &&
        state.alerts.length > 0 && (
          <p class="muted">
            To silence alerts: <code>tachymeter alerts silence</code> with the file of the history, or here,
            if the endpoint has a token or a password.
          </p>
        )}
      {view !== undefined && view.charts.length > 0 && (
        <section>
          <h2>History</h2>
          <Charts view={view} />
        </section>
      )}
    </>
  );
}

function Section(props: {
  readonly title: string;
  readonly alerts: readonly PageAlert[];
  readonly maySilence: boolean;
}): JSX.Element | null {
  const { title, alerts, maySilence } = props;
  if (alerts.length === 0) return null;
  return (
    <section>
      <h2>
        {title} <span class="count">{alerts.length}</span>
      </h2>
      <ul class="alerts">
        {alerts.map((alert) => (
          <Alert key={alert.id} alert={alert} maySilence={maySilence} />
        ))}
      </ul>
    </section>
  );
}

function Alert({
  alert,
  maySilence,
}: {
  readonly alert: PageAlert;
  readonly maySilence: boolean;
}): JSX.Element {
  const isFormShown = useSignal(false);
  const item = useRef<HTMLLIElement>(null);
  const { id, name, state, severity, labels, summary, description, silenceId, correlated } = alert;
  const level = alertLevel(alert);
  const clear = correlated.filter(({ isWeak }) => !isWeak);
  const shown = Object.entries(labels).filter(([key]) => key !== "alertname" && key !== "severity");
  const title = [name, ...shown.map(([key, value]) => `${key}=${value}`)].map(shownText).join(", ");
  return (
    <li ref={item} tabIndex={-1} class={`card alert ${level}`} data-alert={id}>
      <h3>
        <span class={`badge ${level}`}>{shownText(severity === "" ? state : severity)}</span>{" "}
        {shownText(name)}
        <small class="muted">{sinceText(alert)}</small>
      </h3>
      {summary !== "" && <p>{shownText(summary)}</p>}
      {description !== "" && description !== summary && <p class="muted">{shownText(description)}</p>}
      {shown.length > 0 && (
        <ul class="labels" aria-label="Labels">
          {shown.map(([key, value]) => (
            <li key={key}>
              <span class="muted">{shownText(key)}</span> {shownText(value)}
            </li>
          ))}
        </ul>
      )}
      {correlated.length > 0 && (
        <p class="moved">
          {clear.length > 0 ? "Moved with it:" : "Nothing else moved clearly. Closest:"}{" "}
          {(clear.length > 0 ? clear : correlated).map(({ metric, text }) => (
            <a key={text} href={linkTo("instrument", metric)}>
              {shownText(text)}
            </a>
          ))}
        </p>
      )}
      {state !== "resolved" && <Explain id={id} title={title} />}
      {maySilence && state !== "resolved" && silenceId === undefined && !isFormShown.value && (
        <button
          type="button"
          aria-label={`Silence ${title}`}
          onClick={() => {
            isFormShown.value = true;
          }}
        >
          Silence
        </button>
      )}
      {isFormShown.value && silenceId === undefined && (
        <SilenceForm
          alert={alert}
          onClose={(isSilenced) => {
            isFormShown.value = false;
            // A silenced alert moves to another list.
            if (isSilenced) focusContent();
            else item.current?.focus();
          }}
        />
      )}
      {maySilence && silenceId !== undefined && <EndOfSilence id={silenceId} title={title} />}
    </li>
  );
}

// Its code is loaded with the first question.
function Explain({ id, title }: { readonly id: string; readonly title: string }): JSX.Element {
  const shown = useSignal<ComponentChild>(undefined);
  const explain = async (): Promise<void> => {
    shown.value = <p role="status">The series are being compared…</p>;
    try {
      const { ExplainedAlert, explanationOf } = await import("./explanation.tsx");
      const found = await explanationOf(id);
      shown.value =
        typeof found === "string" ? <p class="problem">{found}</p> : <ExplainedAlert explanation={found} />;
    } catch {
      shown.value = <p class="problem">The page could not be loaded</p>;
    }
  };
  return (
    <>
      <button type="button" aria-label={`Explain ${title}`} onClick={() => void explain()}>
        Explain
      </button>
      <div aria-live="polite">{shown.value}</div>
    </>
  );
}

function EndOfSilence({ id, title }: { readonly id: string; readonly title: string }): JSX.Element {
  const problem = useSignal("");
  return (
    <p>
      <button
        type="button"
        aria-label={`End the silence of ${title}`}
        onClick={() => {
          void endSilence(id).then((text) => {
            problem.value = text;
            if (text === "") focusContent();
          });
        }}
      >
        End the silence
      </button>{" "}
      <span class="problem" role="status">
        {problem.value}
      </span>
    </p>
  );
}

// By the application's clock: the status has its time.
function sinceText({ state, since, resolvedAt }: PageAlert): string {
  if (state === "resolved") return resolvedAt === undefined ? "" : `resolved ${timeText(resolvedAt)}`;
  const elapsed = (now.value - receivedAt.value) / 1_000;
  const age = (status.value?.time ?? since) + Math.max(0, elapsed) - since;
  return `${state} for ${durationText(age)}`;
}
