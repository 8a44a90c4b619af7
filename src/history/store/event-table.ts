// Table of events, one row each.
import type { Database, SqlValue, Statement } from "./sqlite.ts";
import type { EventFilter, StoredEvent } from "./stored.ts";
import type { Unreadable } from "./unreadable.ts";

interface EventRow extends Omit<StoredEvent, "traceId" | "spanId"> {
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly readable: number;
}

// The range of a date. In SQLite texts compare greater than all numbers.
const MAX_TIME = 8_640_000_000_000_000;
// Rare events have few types. Further ones are only among all events.
const MAX_TYPES = 100;

/** Reads and writes events. Writing requires a transaction. */
export class EventTable {
  readonly #database: Database;
  readonly #add: Statement<never>;
  readonly #same: Statement<{ readonly id: string }>;
  readonly #outOfTime: Statement<{ readonly rowid: number }>;
  readonly #types: Statement<{ readonly type: string }>;
  readonly #unreadable: Unreadable;

  constructor(database: Database, unreadable: Unreadable) {
    this.#database = database;
    this.#unreadable = unreadable;
    this.#outOfTime = database.prepare(
      `SELECT rowid FROM events WHERE time < ${-MAX_TIME} UNION ALL SELECT rowid FROM events WHERE time > ${MAX_TIME}`,
    );
    // One search of the index for each type.
    this.#types = database.prepare(
      `WITH RECURSIVE types (type) AS (SELECT min(type) FROM events
          UNION ALL SELECT (SELECT min(type) FROM events WHERE events.type > types.type) FROM types
          WHERE type IS NOT NULL LIMIT ${MAX_TYPES})
        SELECT type FROM types WHERE type IS NOT NULL`,
    );
    this.#add = database.prepare(
      `INSERT INTO events (id, time, type, source, data, labels, metadata, trace_id, span_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    );
    this.#same = database.prepare(
      "SELECT id FROM events WHERE id = ? AND type = ? AND source = ? AND data = ?",
    );
  }

  /** Adds an event, unless its id is known. Returns whether it is stored now, and not another one with its id. */
  add(event: StoredEvent): boolean {
    const { id, timeUnixMillis, type, source, data, labels, metadata, traceId = null, spanId = null } = event;
    const { changes } = this.#add.run(
      id,
      timeUnixMillis,
      type,
      source,
      data,
      labels,
      metadata,
      traceId,
      spanId,
    );
    // A second attempt may have a later time.
    return changes > 0 || this.#same.all(id, type, source, data).length > 0;
  }

  /** Returns the types of events, at most 100. */
  types(): string[] {
    return this.#types.all().map(({ type }) => type);
  }

  /** Returns events in order of time, then id. Unreadable rows are left out and do not count for `limit`. */
  read(filter: EventFilter): StoredEvent[] {
    if (filter.after === undefined)
      for (const { rowid } of this.#outOfTime.all()) this.#unreadable.add("events", rowid);
    const { conditions, values } = conditionsOf(filter);
    const limit = filter.limit ?? Infinity;
    const [begin, isAfter, order] = filter.isLatestFirst
      ? [MAX_TIME + 1, "<", "DESC"]
      : [-MAX_TIME, ">", "ASC"];
    const statement = this.#database.prepare<EventRow>(
      `SELECT id, time AS timeUnixMillis, type, source, data, labels, metadata, trace_id AS traceId, span_id AS spanId,
        ${READABLE} AS readable FROM events
        WHERE ${conditions.join(" AND ")} AND (time, id) ${isAfter} (?, ?)
        ORDER BY time ${order}, id ${order} LIMIT ?`,
    );
    const events: StoredEvent[] = [];
    let [time, id]: readonly [SqlValue, SqlValue] =
      filter.after === undefined ? [begin, ""] : [filter.after.timeUnixMillis, filter.after.id];
    while (events.length < limit) {
      const wanted = limit - events.length;
      const rows = statement.all(...values, time, id, Number.isFinite(wanted) ? wanted : -1);
      for (const row of rows) {
        if (row.readable === 1) events.push(eventFrom(row));
        else this.#unreadable.add("events", row.id);
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < wanted) break;
      [time, id] = [last.timeUnixMillis, last.id];
    }
    return events;
  }
}

// SQLite treats JSON nested deeper than 1,000 levels as invalid.
const READABLE = `${["id", "type", "source"].map((column) => `typeof(${column}) = 'text'`).join(" AND ")}
  AND ${["trace_id", "span_id"].map((column) => `typeof(${column}) IN ('text', 'null')`).join(" AND ")}
  AND ${["data", "labels", "metadata"].map((column) => `typeof(${column}) = 'text' AND json_valid(${column})`).join(" AND ")}`;

// The value at a path as text; empty if SQLite treats `data` as invalid JSON. As a value, SQLite represents booleans as 0
// and 1, and rounds numbers to 15 digits; as JSON it keeps them.
const JSON_DATA = "iif(json_valid(data), data, '{}')";
const TEXT_AT = `coalesce(CASE json_type(${JSON_DATA}, ?) WHEN 'text' THEN ${JSON_DATA} ->> ? WHEN 'null' THEN ''
  ELSE ${JSON_DATA} -> ? END, '')`;

function conditionsOf({ type, source, from, to, where = [] }: EventFilter): {
  conditions: string[];
  values: SqlValue[];
} {
  const conditions = [`time BETWEEN ${-MAX_TIME} AND ${MAX_TIME}`];
  const values: SqlValue[] = [];
  const demand = (condition: string, ...bound: SqlValue[]): void => {
    conditions.push(`(${condition})`);
    values.push(...bound);
  };
  if (type !== undefined) demand("type = ?", type);
  if (source !== undefined) demand("source = ?", source);
  if (from !== undefined) demand("time >= ?", from);
  if (to !== undefined) demand("time <= ?", to);
  for (const { path, texts, negated } of where) {
    const at = jsonPath(path);
    const wanted = texts.map(() => "?").join(", ");
    // A substring search first, because extracting a value takes ten times as long.
    if (!negated && !texts.includes("")) {
      // An array or an object is compared with its JSON.
      const parts = [...new Set(texts.flatMap((text) => [inJson(text), text]))];
      demand(parts.map(() => "instr(data, ?)").join(" OR "), ...parts);
    }
    demand(`${TEXT_AT} ${negated ? "NOT IN" : "IN"} (${wanted})`, at, at, at, ...texts);
  }
  return { conditions, values };
}

// A text as it appears in JSON, in quotes or as a number.
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

// Keys are quoted and escaped as in JSON, so that they can contain any character.
function jsonPath(path: string): string {
  return `$${path
    .split(".")
    .map((key) => `.${JSON.stringify(key)}`)
    .join("")}`;
}

// Field by field, because a copy of the whole row takes three times as long.
function eventFrom(row: EventRow): StoredEvent {
  const { id, timeUnixMillis, type, source, data, labels, metadata, traceId, spanId } = row;
  return {
    id,
    timeUnixMillis,
    type,
    source,
    data,
    labels,
    metadata,
    ...(traceId !== null && { traceId }),
    ...(spanId !== null && { spanId }),
  };
}
