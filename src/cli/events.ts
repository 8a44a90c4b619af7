// `tachymeter events <store>`: lists the events of a history.
import type { TelemetryEvent } from "../facades/index.ts";
import type { EventQuestion, HistorySource } from "../history/index.ts";
import { formFrom, timeFrom, UsageError, whereFrom, type WordArguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { csvOfMatches, linesOfMatches, showMatches, tableOfMatches } from "./event-matches.ts";
import { askHistory, isUrl, storeFrom } from "./open-history.ts";
import { Output, terminalWidth } from "./output.ts";
import { csvText, tableText } from "./texts.ts";

const BATCH = 1_000;
const COLUMNS = [{ title: "TIME" }, { title: "TYPE" }, { title: "SOURCE" }, { title: "DATA" }];
const FIELDS = [
  ...(["timestamp", "event_type", "source", "event_id", "data"] as const),
  ...(["labels", "metadata", "trace_id", "span_id"] as const),
];

/** The `events` command. */
export const events: Command = {
  name: "events",
  parameters: "<store>",
  summary: "list the events of a history, oldest first",
  details: [
    "",
    "<store> is a history file; applications can write to it at the same time.",
    "",
    "  --type <type>      only events of this type",
    "  --source <source>  only events of this source",
    "  --where <field>=<value>",
    "                     only events whose data has this value; nested fields use dots: order.state=paid",
    "                     Repeat for further fields, or for alternative values; <field>!=<value> excludes a value.",
    "  --from <time>      start: ISO 8601 (UTC without a zone), seconds since the epoch, or an age: 90s, 30m, 1h, 7d, 2w",
    "                     (default: the oldest event)",
    "  --to <time>        end, in the same formats (default: now)",
    "  --rule <file>      the matches of rules over sequences of events, from a YAML file with `sequences`, instead of",
    "                     the events",
    "  --json             one JSON document per line, with all fields",
    "  --csv              comma-separated values with a header, with all fields",
    "",
    "Exit codes: 0 success, 1 the store or some of its rows cannot be read, 2 invalid arguments.",
  ],
  options: { texts: ["type", "source", "from", "to", "rule"], lists: ["where"], flags: ["json", "csv"] },
  run: async (given) => {
    const question = questionFrom(given);
    const form = formFrom("events", given, linesOf, csvOf, tableOf);
    const rule = given.text("rule");
    const store = storeFrom("events", given.positionals);
    if (isUrl(store))
      throw new UsageError(
        "events: expected the file of a history, got a URL; the live page at the URL has the latest events",
      );
    if (rule !== undefined) {
      const ofMatches = formFrom("events", given, linesOfMatches, csvOfMatches, tableOfMatches);
      return askHistory(store, (history) => showMatches(history, question, rule, ofMatches));
    }
    return askHistory(store, (history) => show(history, question, form));
  },
};

/** Formats a batch of events; the first batch includes the header. */
type Form = (events: readonly TelemetryEvent[], isFirst: boolean) => string;

function questionFrom(given: WordArguments): EventQuestion {
  const [type, source] = [given.text("type"), given.text("source")];
  const [from, to] = [timeFrom("from", given.text("from")), timeFrom("to", given.text("to"))];
  if (from !== undefined && to !== undefined && from > to)
    throw new UsageError("events: --from must not be after --to");
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
