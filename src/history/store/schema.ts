// Tables of a store, and migrations from older schemas.
import { type Database, pragma } from "./sqlite.ts";

/** "tchy", which identifies a file as a store. */
export const APPLICATION_ID = 0x74636879;

// Migrations from each version to the next. Released ones are never changed.
const MIGRATIONS: readonly string[] = [
  `
  -- Attribute sets, scopes and layouts as JSON, each once.
  CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

  CREATE TABLE metrics (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    prometheus_name TEXT NOT NULL,
    type TEXT NOT NULL,
    unit TEXT NOT NULL,
    description TEXT NOT NULL,
    scope INTEGER NOT NULL,
    UNIQUE (name, type, unit, scope)
  );

  -- What one process measured of one metric and attribute set since one start. A later "course" begins where the clock
  -- was set back.
  CREATE TABLE series (
    -- Never given to another series.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    metric INTEGER NOT NULL,
    attributes INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    layout INTEGER NOT NULL,
    start INTEGER NOT NULL,
    course INTEGER NOT NULL,
    -- No point is later; to the day.
    latest INTEGER NOT NULL DEFAULT 0,
    UNIQUE (metric, attributes, resource, layout, start, course)
  );

  -- Which series a head holds, and how many cells each has: two lists of 32-bit integers.
  CREATE TABLE rosters (id INTEGER PRIMARY KEY AUTOINCREMENT, series BLOB NOT NULL, widths BLOB NOT NULL);

  -- One collection each, until the bucket of time in which they lie is sealed.
  CREATE TABLE heads (
    id INTEGER PRIMARY KEY,
    writer INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    time INTEGER NOT NULL,
    roster INTEGER NOT NULL,
    cells BLOB NOT NULL
  );

  -- Points of several series of one metric. Series and summaries are beside them, so that wide questions read these alone.
  CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    metric INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    low INTEGER NOT NULL,
    high INTEGER NOT NULL,
    points INTEGER NOT NULL,
    summary BLOB NOT NULL
  );
  CREATE INDEX chunks_by_metric ON chunks (metric, last, first, low, high);
  CREATE INDEX chunks_by_age ON chunks (last);
  CREATE TABLE chunk_points (id INTEGER PRIMARY KEY, points BLOB NOT NULL);

  CREATE TABLE samples (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    time INTEGER NOT NULL,
    value NOT NULL,
    context TEXT
  );
  CREATE INDEX samples_by_series ON samples (series, time);
  CREATE INDEX samples_by_age ON samples (time);

  CREATE TABLE events (
    id TEXT NOT NULL UNIQUE,
    time INTEGER NOT NULL,
    type TEXT NOT NULL,
    source TEXT NOT NULL,
    data TEXT NOT NULL,
    labels TEXT NOT NULL,
    metadata TEXT NOT NULL,
    trace_id TEXT,
    span_id TEXT
  );
  CREATE INDEX events_by_age ON events (time);
  CREATE INDEX events_by_type ON events (type, time);
  `,
  // Histograms may have minimum and maximum after their counts, which a program of version 1 would treat as damage.
  "",
];

/** The schema version that this program writes. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;

/** Migrates a store to the current schema, in the caller's transaction. An empty database has version 0. */
export function migrate(database: Database, migrations: readonly string[] = MIGRATIONS): void {
  const from = Number(pragma(database, "user_version"));
  for (const migration of migrations.slice(from)) database.exec(migration);
  if (from < migrations.length) {
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`);
  }
}
