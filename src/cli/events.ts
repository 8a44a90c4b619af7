// `tachymeter events <store>`: the events that a history keeps.
import type { TelemetryEvent } from "../facades/index.ts";
import type { EventQuestion, HistorySource } from "../history/index.ts";
import { formFrom, timeFrom, UsageError, whereFrom, type WordArguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { askHistory, storeFrom } from "./open-history.ts";
import { Output, terminalWidth } from "./output.ts";
import { csvText, tableText } from "./texts.ts";

const BATCH = 1_000;
const COLUMNS = [{ title: "TIME" }, { title: "TYPE" }, { title: "SOURCE" }, { title: "DATA" }];
const FIELDS = [
  ...(["timestamp", "event_type", "source", "event_id", "data"] as const),
  ...(["labels", "metadata", "trace_id", "span_id"] as const),
];

/** The word `events`. */
export const events: Command = {
  name: "events",
  parameters: "<store>",
  summary: "shows the events of a history, the oldest first",
  details: [
    "",
    "The store is the file of a history; applications may be writing to it meanwhile.",
    "",
    "  --type <type>      events of this type alone",
    "  --source <source>  events of this source alone",
    "  --where <field>=<value>",
    "                     events whose data have this value alone, of deeper fields with dots: order.state=paid; several",
    "                     times: other fields, or values that do as well; <field>!=<value> leaves a value out",
    "  --from <time>      the first moment: by ISO 8601 (without a zone: UTC), in seconds since the epoch, or so long",
    "                     ago: 90s, 30m, 1h, 7d, 2w; the oldest event unless given",
    "  --to <time>        the last moment, alike; now unless given",
    "  --json             a JSON document a line, with all fields",
    "  --csv              comma-separated values with a line of titles, with all fields",
    "",
    "Exit code 0, 1 where the store or rows of it cannot be read, 2 where the command cannot be understood.",
  ],
  options: { texts: ["type", "source", "from", "to"], lists: ["where"], flags: ["json", "csv"] },
  run: async (given) => {
    const question = questionFrom(given);
    const form = formFrom("events", given, linesOf, csvOf, tableOf);
    return askHistory(storeFrom("events", given.positionals), (history) => show(history, question, form));
  },
};

/** Makes text of some events; the first ones come with what stands before all. */
type Form = (events: readonly TelemetryEvent[], isFirst: boolean) => string;

function questionFrom(given: WordArguments): EventQuestion {
  const [type, source] = [given.text("type"), given.text("source")];
  const [from, to] = [timeFrom("from", given.text("from")), timeFrom("to", given.text("to"))];
  if (from !== undefined && to !== undefined && from > to)
    throw new UsageError("events: --from is after --to; give the earlier moment first");
  return {
    where: whereFrom(given.list("where")),
    ...(type !== undefined && { type }),
    ...(source !== undefined && { source }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

function linesOf(some: readonly TelemetryEvent[]): string {
  return some.map((event) => `${JSON.stringify(event)}\n`).join("");
}

async function show(history: HistorySource, question: EventQuestion, form: Form): Promise<void> {
  const output = new Output(process.stdout);
  let batch: TelemetryEvent[] = [];
  let isFirst = true;
  const write = async (): Promise<void> => {
    await output.write(form(batch, isFirst));
    batch = [];
    isFirst = false;
  };
  for await (const event of history.events(question)) {
    if (output.signal.aborted) return;
    batch.push(event);
    if (batch.length === BATCH) await write();
  }
  if (isFirst || batch.length > 0) await write();
}

function tableOf(some: readonly TelemetryEvent[], isFirst: boolean): string {
  if (isFirst && some.length === 0) return "no events\n";
  const rows = some.map(({ timestamp, event_type: type, source, data }) => [
    timestamp,
    type,
    source,
    JSON.stringify(data),
  ]);
  const text = tableText(COLUMNS, rows, terminalWidth(process.stdout));
  return isFirst ? text : text.slice(text.indexOf("\n") + 1);
}

function csvOf(some: readonly TelemetryEvent[], isFirst: boolean): string {
  const rows = some.map((event) => FIELDS.map((field) => cellOf(event[field])));
  return csvText(isFirst ? [FIELDS, ...rows] : rows);
}

function cellOf(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
