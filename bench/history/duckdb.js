// DuckDB with one row for each point: a database made for analytical queries.
import { DuckDBInstance } from "@duckdb/node-api";
import { askedHosts, events } from "./data.js";

export async function open(path, data) {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run("CREATE TABLE points (series INTEGER, time BIGINT, value DOUBLE)");
  await connection.run(
    "CREATE TABLE events (id VARCHAR, type VARCHAR, source VARCHAR, time BIGINT, data JSON)",
  );
  const asked = data?.series.flatMap(({ metric, host }, i) =>
    metric === 1 && askedHosts.includes(host) ? [i] : [],
  );
  const ofMetric = data?.series.flatMap(({ metric }, i) => (metric === 1 ? [i] : []));
  const rows = async (sql) => (await connection.runAndReadAll(sql)).getRowsJS().length;
  const append = async (collections) => {
    const appender = await connection.createAppender("points");
    for (const { time, values } of collections) {
      for (let i = 0; i < values.length; i++) {
        appender.appendInteger(i);
        appender.appendBigInt(BigInt(time));
        appender.appendDouble(values[i]);
        appender.endRow();
      }
    }
    appender.closeSync();
  };
  const means = (step, where) =>
    rows(
      `SELECT series, (time - 1 - ${data.start}) // ${step * 1_000} AS step, avg(value) FROM points ${where}
        GROUP BY series, step ORDER BY series, step`,
    );
  return {
    append: (collection) => append([collection]),
    fill: append,
    lastHour: () =>
      rows(
        `SELECT series, time, value FROM points WHERE series IN (${asked}) AND time >= ${data.end - 3_600_000}
          ORDER BY series, time`,
      ),
    meanByStep: (step) => means(step, `WHERE series IN (${asked})`),
    p95: () =>
      rows(
        `SELECT series, quantile_cont(value, 0.95) FROM points WHERE series IN (${ofMetric}) GROUP BY series`,
      ),
    meanOfAllByStep: (step) => means(step, ""),
    async appendEvents(group) {
      const appender = await connection.createAppender("events");
      for (const { id, type, source, time, data: given } of group) {
        for (const text of [id, type, source]) appender.appendVarchar(text);
        appender.appendBigInt(BigInt(time));
        appender.appendVarchar(JSON.stringify(given));
        appender.endRow();
      }
      appender.closeSync();
    },
    async findEvents() {
      const { type, state } = events.asked;
      return rows(
        `SELECT * FROM events WHERE type = '${type}' AND (data ->> 'state') = '${state}' ORDER BY time`,
      );
    },
    async close() {
      await connection.run("CHECKPOINT");
      connection.closeSync();
      instance.closeSync();
    },
  };
}
