// Events of a store, the newest first.
import type { TelemetryEvent } from "../../../facades/index.ts";
import { STEPS } from "../trends.ts";
import type { Moment } from "../moment.ts";
import { type Column, type ListPage, type Row, textCell, type View } from "../page.ts";

const COLUMNS: readonly Column[] = [
  { title: "TIME", kind: "number" },
  { title: "TYPE", kind: "text" },
  { title: "SOURCE", kind: "text" },
  { title: "DATA", kind: "text" },
];
const MAX_EVENTS = 1_000;

/** The view of events. */
export const eventsView: View = { title: "Events", load: eventsPage };

async function eventsPage({ watched, grid, signal }: Moment): Promise<ListPage> {
  const events: TelemetryEvent[] = [];
  const from = grid.to - STEPS * grid.step;
  for await (const event of watched.events?.(from, grid.to + grid.step, signal) ?? []) {
    events.push(event);
    // The newest are kept.
    if (events.length >= 2 * MAX_EVENTS) events.splice(0, MAX_EVENTS);
  }
  return {
    kind: "list",
    columns: COLUMNS,
    rows: events.slice(-MAX_EVENTS).toReversed().map(rowOf),
    empty:
      watched.events === undefined
        ? "events are in a store: tachymeter top <history file>"
        : "no events in this range; key + selects a longer one",
    isSortable: true,
    note: events.length > MAX_EVENTS ? `the newest ${MAX_EVENTS} events` : undefined,
  };
}

function rowOf(event: TelemetryEvent): Row {
  const { timestamp, event_type: type, source, event_id: id, data } = event;
  return {
    key: id,
    cells: [timestamp, type, source, JSON.stringify(data)].map((text) => textCell(text)),
    open: () => ({
      title: type,
      load: async () => ({ kind: "text", lines: JSON.stringify(event, undefined, 2).split("\n") }),
    }),
  };
}
