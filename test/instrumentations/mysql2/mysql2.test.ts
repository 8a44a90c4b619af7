import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { diag } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { mysql2 as instrumented } from "../../../instrumentations/mysql2/index.ts";
import { begin } from "../../../instrumentations/mysql2/instrumentation.ts";
import { startMariaDb } from "../../servers/mariadb.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { operationAttributes, operationCounts, poolFigures, poolTimes } from "../database-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const mysql: typeof import("mysql2") = require("mysql2");
const promises: typeof import("mysql2/promise") = require("mysql2/promise");
instrumentation.disable();

const server = serverOfFile("mariadbd", startMariaDb);
const collecting = measured(instrumentation);
let ends: (() => Promise<unknown>)[];

beforeEach(() => {
  ends = [];
});

afterEach(async () => {
  for (const end of ends) await end();
  diag.disable();
});

function options(): { host: string; port: number; user: string; database: string } {
  const { host, port, user, database } = server();
  return { host, port, user, database };
}

// Older versions have no such option.
function maxIdleOf(pool: import("mysql2/promise").Pool): unknown {
  return Reflect.get(Object(Reflect.get(pool.pool, "config")), "maxIdle");
}

test("each form of a query is recorded once", async () => {
  const connection = mysql.createConnection(options());
  ends.push(() => connection.promise().end());
  await new Promise((resolve) => connection.query("select 1", resolve));
  await new Promise((resolve) => connection.query({ sql: "SELECT ?" }, [2], resolve));
  await new Promise((resolve) => connection.execute("SELECT ?", [3], resolve));
  await new Promise((resolve) => connection.query("INSERT INTO nowhere VALUES (1)", resolve));
  await new Promise((resolve) => connection.query("SELECT 4").on("end", resolve));
  const ignored = vi.fn<() => void>();
  await new Promise((resolve) => {
    const command: unknown = Reflect.apply(Reflect.get(mysql, "createQuery"), mysql, [
      "SELECT 5",
      undefined,
      resolve,
      {},
    ]);
    Reflect.apply(Reflect.get(connection, "query"), connection, [command, ignored]);
  });
  expect(ignored).not.toHaveBeenCalled();
  await new Promise((resolve) => connection.query("UPDATE nowhere SET a = 1").on("error", resolve));
  const promised = await promises.createConnection(options());
  ends.push(() => promised.end());
  await promised.query("SHOW TABLES");
  await promised.execute("SHOW TABLES");
  const pool = promises.createPool(options());
  ends.push(() => pool.end());
  await pool.query("DO 1");
  await pool.execute("DO 1");
  await expect(pool.execute("DELETE FROM nowhere")).rejects.toThrow("nowhere");
  expect(await operationCounts(collecting)).toEqual({
    SELECT: 5,
    "INSERT ER_NO_SUCH_TABLE": 1,
    "UPDATE ER_NO_SUCH_TABLE": 1,
    SHOW: 2,
    DO: 2,
    "DELETE ER_NO_SUCH_TABLE": 1,
  });
  expect(await operationAttributes(collecting, "SELECT")).toEqual({
    "db.system.name": "mysql",
    "db.namespace": "mysql",
    "db.operation.name": "SELECT",
    "server.address": "127.0.0.1",
    "server.port": server().port,
  });
  expect(await operationAttributes(collecting, "INSERT")).toMatchObject({
    "db.response.status_code": "1146",
  });
});

test("no error listener is added to a command", async () => {
  const connection = mysql.createConnection(options());
  const command = connection.query("no sql");
  expect(command.listenerCount("error")).toBe(0);
  const failed = new Promise((resolve) => command.on("error", resolve));
  await failed;
  ends.push(() => connection.promise().end());
  expect(await operationCounts(collecting)).toEqual({ "_OTHER ER_PARSE_ERROR": 1 });
});

test("a Unix socket has no port", async () => {
  const pool = mysql.createPool({ socketPath: "/missing.sock", user: "shop", database: "shop" });
  ends.push(() => pool.promise().end());
  await new Promise((resolve) => pool.query("SELECT 1", resolve));
  const connection = mysql.createConnection({ socketPath: "/missing.sock", user: "shop", database: "shop" });
  await new Promise((resolve) => connection.on("error", () => {}).query("SELECT 1", resolve));
  const attributes = await operationAttributes(collecting, "SELECT");
  expect(attributes).toMatchObject({ "server.address": "/missing.sock", "db.namespace": "shop" });
  expect(attributes).not.toHaveProperty("server.port");
  expect(await poolFigures(collecting, "/missing.sock/shop")).toMatchObject({ used: 0, max: 10 });
});

test("a pool's figures are named by its host, port and database, also with a connection string", async () => {
  const { host, port, user, database } = options();
  const pool = mysql.createPool({
    uri: `mysql://${user}:s3cret@${host}:${port}/${database}`,
    connectionLimit: 2,
  });
  ends.push(() => pool.promise().end());
  const held = [await pool.promise().getConnection(), await pool.promise().getConnection()];
  const waiting = pool.promise().query("SELECT 1");
  const name = `${host}:${port}/${database}`;
  expect(await poolFigures(collecting, name)).toEqual({ idle: 0, used: 2, pending: 1, max: 2 });
  for (const connection of held) connection.release();
  await waiting;
  await vi.waitFor(async () =>
    expect(await poolFigures(collecting, name)).toEqual({ idle: 2, used: 0, pending: 0, max: 2 }),
  );
  expect(JSON.stringify(await collecting.collect())).not.toContain("s3cret");
});

test("the times of a pool are recorded, also if a waiting request gets a new connection", async () => {
  const { host, port, database } = options();
  const [pool, name] = [
    promises.createPool({ ...options(), connectionLimit: 1 }),
    `${host}:${port}/${database}`,
  ];
  ends.push(() => pool.end());
  const held = await pool.getConnection();
  const waiting = pool.query("SELECT 1");
  held.destroy();
  await waiting;
  await vi.waitFor(async () =>
    expect(await poolTimes(collecting, name)).toEqual({ created: 2, waited: 2, used: 2 }),
  );
  const refused = promises.createPool({ ...options(), port: 1 });
  ends.push(() => refused.end());
  await expect(refused.query("SELECT 1")).rejects.toThrow("ECONNREFUSED");
  expect(await poolTimes(collecting, `${host}:1/${database}`)).toEqual({});
});

test("a connection that takes too long is a timeout", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const port = Number(Reflect.get(Object(silent.address()), "port"));
  const pool = promises.createPool({ ...options(), port, connectTimeout: 20 });
  ends.push(() => pool.end());
  await expect(pool.query("SELECT 1")).rejects.toThrow("ETIMEDOUT");
  silent.close();
  const { host, database } = options();
  expect(await poolTimes(collecting, `${host}:${port}/${database}`)).toEqual({ timeouts: 1 });
});

test("an ended pool is left out", async () => {
  const [ended, pool] = [promises.createPool(options()), promises.createPool(options())];
  ends.push(() => pool.end());
  await Promise.all([ended.query("SELECT 1"), pool.query("SELECT 1")]);
  await ended.end();
  const { host, port, database } = options();
  expect(await poolFigures(collecting, `${host}:${port}/${database}`)).toMatchObject({ used: 0, max: 10 });
});

test("after a restart, the pools are still there", async () => {
  const pool = promises.createPool({ ...options(), connectionLimit: 1 });
  ends.push(() => pool.end());
  const held = await pool.getConnection();
  const waiting = pool.query("SELECT 1");
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  const truth = {
    "db.client.connection.count": 1,
    "db.client.connection.limit": 1,
    "db.client.connection.idle.max": maxIdleOf(pool),
  };
  await expectGauges({ ...truth, "db.client.connection.pending_requests": 1 });
  held.release();
  await waiting;
  await expectGauges({ ...truth, "db.client.connection.pending_requests": 0 });
});
