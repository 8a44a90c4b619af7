// Events of the application, filtered by text and type.
import type { JSX } from "preact";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import type { PageEvent } from "../../protocol.ts";
import { isNews } from "../chart/plot-data.ts";
import { viewData } from "../state/live.ts";
import { route, setParams } from "../state/route.ts";
import { levelOf } from "../text/levels.ts";
import { timeText } from "../text/times.ts";
import { Empty, Skeleton } from "./empty.tsx";

const MAX_ROWS = 300;
// The value of the choice of all types.
const ALL = "*";

/** The list of events, the latest first. */
export function EventsPage(): JSX.Element {
  const events = viewData.value?.events;
  const { params } = route.value;
  const [query, type] = [params.get("text") ?? "", params.get("type") ?? ""];
  const types = [...new Set((events ?? []).map((event) => event.type))].toSorted();
  const hasWork = events?.some((event) => !isNews(event)) === true;
  const found = (events ?? []).filter((event) => isFound(event, query, type)).toReversed();
  return (
    <>
      <h1>Events</h1>
      <div class="filters">
        <input
          type="search"
          placeholder="Filter by text"
          aria-label="Filter by text"
          value={query}
          onInput={(event) => setParams({ text: event.currentTarget.value }, false)}
        />
        <select
          aria-label="Type"
          value={type}
          onChange={(event) => setParams({ type: event.currentTarget.value }, false)}
        >
          {hasWork && <option value="">Without the usual work</option>}
          <option value={hasWork ? ALL : ""}>All types</option>
          {types.map((each) => (
            <option key={each} value={each}>
              {shownText(each)}
            </option>
          ))}
        </select>
        <span class="muted" role="status">
          {events === undefined ? "" : `${found.length} of ${events.length}`}
        </span>
      </div>
      {events === undefined ? (
        <Skeleton size="row" count={10} />
      ) : found.length === 0 ? (
        <Empty title={events.length === 0 ? "No event in these times" : "No event matches"}>
          {events.length === 0
            ? "Events of the facades appear here: changes of health and leaders, failed commands, errors of workers."
            : "Change the text or the type."}
        </Empty>
      ) : (
        <ol class="events card">
          {found.slice(0, MAX_ROWS).map((event) => (
            <Entry key={event.id} event={event} />
          ))}
          {found.length > MAX_ROWS && <li class="muted">and {found.length - MAX_ROWS} older ones</li>}
        </ol>
      )}
    </>
  );
}

function Entry({ event }: { readonly event: PageEvent }): JSX.Element {
  const { time, type, source, severity, text } = event;
  return (
    <li>
      <time dateTime={new Date(time * 1_000).toISOString()}>{timeText(time)}</time>
      <span class={`badge ${levelOf(severity)}`}>{shownText(severity ?? "info")}</span>
      <strong>{shownText(type)}</strong>
      <span class="muted">{shownText(source)}</span>
      <span class="text">{shownText(text)}</span>
    </li>
  );
}

function isFound(event: PageEvent, query: string, type: string): boolean {
  if (type === "" ? !isNews(event) : type !== ALL && event.type !== type) return false;
  const text = `${event.type} ${event.source} ${event.severity ?? ""} ${event.text}`.toLowerCase();
  return text.includes(query.toLowerCase());
}
