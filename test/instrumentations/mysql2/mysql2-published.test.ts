import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { mysql2 as instrumented } from "../../../instrumentations/mysql2/index.ts";
import { begin } from "../../../instrumentations/mysql2/instrumentation.ts";
import { startMariaDb } from "../../servers/mariadb.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { bothWays, publishesFrom, seriesOf } from "../published.ts";

const { patched, published } = bothWays(instrumented, begin, {});
const require = createRequire(import.meta.url);
const mysql: typeof import("mysql2") = require("mysql2");
const promises: typeof import("mysql2/promise") = require("mysql2/promise");
const server = serverOfFile("mariadbd", startMariaDb);
const publishes = publishesFrom("mysql2", instrumented);

test("a bundled client's queries have the series of one that is patched", async (context) => {
  if (!publishes) context.skip("this version of mysql2 publishes no queries");
  const { host, port, user, database } = server();
  const connection = mysql.createConnection({ host, port, user, database });
  await new Promise((resolve) => connection.query("/* all */ select 1", resolve));
  await new Promise((resolve) => connection.query({ sql: "SELECT ?" }, [2], resolve));
  await new Promise((resolve) => connection.execute("SELECT ?", [3], resolve));
  await new Promise((resolve) => connection.query("customer 4711", resolve));
  await new Promise((resolve) => connection.query("SELECT 4").on("end", resolve));
  await new Promise((resolve) => connection.query("UPDATE nowhere SET a = 1").on("error", resolve));
  await connection.promise().end();
  const pool = promises.createPool({ host, port, user, database });
  await pool.query("DO 1");
  await expect(pool.execute("DELETE FROM nowhere")).rejects.toThrow("nowhere");
  await pool.end();
  const socketPath = "/missing.sock";
  const missing = mysql.createConnection({ socketPath, user, database: "shop" }).on("error", () => {});
  await new Promise((resolve) => missing.query("SHOW TABLES", resolve));
  // The times of pools are not published.
  const series = (await seriesOf(patched)).filter((line) => !line.startsWith("db.client.connection."));
  expect(series).toHaveLength(6);
  expect(await seriesOf(published)).toEqual(series);
});
