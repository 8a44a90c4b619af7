// Events, a row each.
import type { Database, SqlValue, Statement } from "./sqlite.ts";
import type { EventFilter, StoredEvent } from "./stored.ts";

interface EventRow {
  readonly id: string;
  readonly time: number;
  readonly type: string;
  readonly source: string;
  readonly data: string;
  readonly labels: string;
  readonly metadata: string;
  readonly trace_id: string | null;
  readonly span_id: string | null;
}

/** Reads and writes events. Whoever writes is in a transaction. */
export class EventTable {
  readonly #database: Database;
  readonly #add: Statement<never>;

  constructor(database: Database) {
    this.#database = database;
    this.#add = database.prepare(
      `INSERT INTO events (id, time, type, source, data, labels, metadata, trace_id, span_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    );
  }

  /** Adds an event, unless there is one with its id. */
  add(event: StoredEvent): void {
    const { id, timeUnixMillis, type, source, data, labels, metadata, traceId = null, spanId = null } = event;
    this.#add.run(id, timeUnixMillis, type, source, data, labels, metadata, traceId, spanId);
  }

  /** Events by time, then id. */
  read(filter: EventFilter): StoredEvent[] {
    const { conditions, values } = conditionsOf(filter);
    const statement = this.#database.prepare<EventRow>(
      `SELECT * FROM events WHERE ${conditions.join(" AND ")} ORDER BY time, id LIMIT ?`,
    );
    return statement.all(...values, filter.limit ?? -1).map(eventFrom);
  }
}

// What is at a path, as text. SQLite compares no number with one, and has no booleans: they come as 0 and 1.
const TEXT_AT = "coalesce(CAST(data ->> ? AS TEXT), '')";
const BOOLEAN_AT = `CASE json_type(data, ?) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE ${TEXT_AT} END`;
const BOOLEANS: ReadonlySet<string> = new Set(["true", "false", "0", "1"]);

function conditionsOf({ type, source, from, to, after, where = [] }: EventFilter): {
  conditions: string[];
  values: SqlValue[];
} {
  const conditions = ["TRUE"];
  const values: SqlValue[] = [];
  const demand = (condition: string, ...bound: SqlValue[]): void => {
    conditions.push(`(${condition})`);
    values.push(...bound);
  };
  if (type !== undefined) demand("type = ?", type);
  if (source !== undefined) demand("source = ?", source);
  if (from !== undefined) demand("time >= ?", from);
  if (to !== undefined) demand("time <= ?", to);
  if (after !== undefined) demand("(time, id) > (?, ?)", after.timeUnixMillis, after.id);
  for (const { path, texts, negated } of where) {
    const at = jsonPath(path);
    const wanted = texts.map(() => "?").join(", ");
    // A text that is nowhere in the JSON is not looked for in it, which takes ten times as long.
    if (!negated && !texts.includes(""))
      demand(texts.map(() => "instr(data, ?)").join(" OR "), ...texts.map(inJson));
    if (texts.some((text) => BOOLEANS.has(text)))
      demand(`${BOOLEAN_AT} ${negated ? "NOT IN" : "IN"} (${wanted})`, at, at, ...texts);
    else demand(`${TEXT_AT} ${negated ? "NOT IN" : "IN"} (${wanted})`, at, ...texts);
  }
  return { conditions, values };
}

// A text as it is in JSON, whether in quotes or a number.
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

// Keys in quotes, so that they may hold anything but quotes.
function jsonPath(path: string): string {
  return `$${path
    .split(".")
    .map((key) => `."${key}"`)
    .join("")}`;
}

function eventFrom({ time, trace_id: traceId, span_id: spanId, ...row }: EventRow): StoredEvent {
  return {
    ...row,
    timeUnixMillis: time,
    ...(traceId !== null && { traceId }),
    ...(spanId !== null && { spanId }),
  };
}
