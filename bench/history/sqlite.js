// SQLite with one row for each point, the obvious way to store metrics in it. As durable as Tachymeter's store.
import { askedHosts, events } from "./data.js";

const { DatabaseSync } = await import(
  process.getBuiltinModule?.("node:sqlite") ? "node:sqlite" : "@photostructure/sqlite"
);

export async function open(path, data) {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE points (series INTEGER, time INTEGER, value REAL, PRIMARY KEY (series, time)) WITHOUT ROWID;
    CREATE TABLE events (id TEXT PRIMARY KEY, type TEXT, source TEXT, time INTEGER, data TEXT);
    CREATE INDEX events_by_type ON events (type, time)`);
  const addPoint = database.prepare("INSERT INTO points VALUES (?, ?, ?)");
  const addEvent = database.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?)");
  const asked = data?.series.flatMap(({ metric, host }, i) =>
    metric === 1 && askedHosts.includes(host) ? [i] : [],
  );
  const ofMetric = data?.series.flatMap(({ metric }, i) => (metric === 1 ? [i] : []));
  const transaction = (work) => {
    database.exec("BEGIN IMMEDIATE");
    work();
    database.exec("COMMIT");
  };
  return {
    async append({ time, values }) {
      transaction(() => {
        for (let i = 0; i < values.length; i++) addPoint.run(i, time, values[i]);
      });
    },
    // In the order of the table, which is fastest; only for data that is queried later.
    async fill(collections) {
      const all = Array.from(collections, ({ time, values }) => ({ time, values: values.slice() }));
      transaction(() => {
        for (let i = 0; i < data.series.length; i++)
          for (const { time, values } of all) addPoint.run(i, time, values[i]);
      });
    },
    lastHour: async () =>
      database
        .prepare(`SELECT series, time, value FROM points WHERE series IN (${asked}) AND time >= ?`)
        .all(data.end - 3_600_000).length,
    meanByStep: async (step) =>
      database
        .prepare(
          `SELECT series, (time - 1 - ${data.start}) / ${step * 1_000} AS step, avg(value) FROM points
            WHERE series IN (${asked}) GROUP BY series, step`,
        )
        .all().length,
    async p95() {
      const values = database.prepare("SELECT value FROM points WHERE series = ? ORDER BY value");
      return ofMetric.filter((series) => {
        const sorted = values.all(series);
        return sorted[Math.floor(0.95 * (sorted.length - 1))].value !== undefined;
      }).length;
    },
    meanOfAllByStep: async (step) =>
      database
        .prepare(
          `SELECT series, (time - 1 - ${data.start}) / ${step * 1_000} AS step, avg(value) FROM points
            GROUP BY series, step`,
        )
        .all().length,
    async appendEvents(group) {
      transaction(() => {
        for (const { id, type, source, time, data: given } of group)
          addEvent.run(id, type, source, time, JSON.stringify(given));
      });
    },
    async findEvents() {
      const { type, state } = events.asked;
      return database
        .prepare("SELECT * FROM events WHERE type = ? AND data ->> 'state' = ? ORDER BY time")
        .all(type, state)
        .map(({ data: given }) => JSON.parse(given)).length;
    },
    close: async () => database.close(),
  };
}
