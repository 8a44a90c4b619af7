import { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";
import type { Client, Pool } from "pg";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pg as instrumented } from "../../../instrumentations/pg/index.ts";
import { begin } from "../../../instrumentations/pg/instrumentation.ts";
import { needsPostgres, type Postgres, startPostgres } from "../../servers/postgres.ts";
import {
  expectPoolTimes,
  operationAttributes,
  operationCounts,
  poolFigures,
  poolTimes,
} from "../database-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const pg: typeof import("pg") = require("pg");
const { Query } = pg;
instrumentation.disable();
const replaced = (): unknown[] => [
  Reflect.get(pg.Client.prototype, "query"),
  Reflect.get(pg.Pool.prototype, "connect"),
];
const untouched = replaced();

let server: Postgres;
const collecting = measured(instrumentation);
let ends: (() => Promise<void>)[];

beforeEach(async (context) => {
  needsPostgres(context);
  server ??= await startPostgres("file");
  ends = [];
}, 120_000);

afterEach(async () => {
  for (const end of ends) await end();
  diag.disable();
});

async function connected(): Promise<Client> {
  const client = new pg.Client(server);
  await client.connect();
  ends.push(() => client.end());
  return client;
}

function pool(options: object = server): Pool {
  const made = new pg.Pool({ max: 2, ...options });
  ends.push(() => made.end());
  return made;
}

test("each form of a query is recorded once", async () => {
  const client = await connected();
  await client.query("select 1");
  await client.query({ text: "/* why */ insert into nowhere values (1)" }).catch(() => {});
  await new Promise((resolve) => client.query("SELECT 2", resolve));
  await new Promise((resolve) => client.query("SELECT $1::int", [3], resolve));
  const config = { text: "UPDATE nowhere SET a = 1", callback: vi.fn<() => void>() };
  const { callback } = config;
  void client.query(config);
  await vi.waitFor(() => expect(callback).toHaveBeenCalledOnce());
  expect(config.callback).toBe(callback);
  await new Promise((resolve) => client.query(new Query("SELECT 4", resolve)));
  const ignored = vi.fn<() => void>();
  await new Promise((resolve) =>
    Reflect.apply(Reflect.get(client, "query"), client, [new Query("SELECT 5", resolve), ignored]),
  );
  expect(ignored).not.toHaveBeenCalled();
  await new Promise((resolve) => client.query(new Query("BEGIN")).on("end", resolve));
  const failing = client.query(new Query("DELETE FROM nowhere"));
  expect(failing.listenerCount("error")).toBe(0);
  // Ours of `end` has room beside ten of the application.
  expect(failing.getMaxListeners() - failing.listenerCount("end")).toBe(10);
  await new Promise((resolve) => failing.on("error", resolve));
  await pool().query("SHOW timezone");
  expect(await operationCounts(collecting)).toEqual({
    SELECT: 5,
    "INSERT 42P01": 1,
    "UPDATE 42P01": 1,
    BEGIN: 1,
    "DELETE 42P01": 1,
    SHOW: 1,
  });
  const { port } = server;
  const target = { "db.namespace": "postgres", "server.address": "127.0.0.1", "server.port": port };
  expect(await operationAttributes(collecting, "SELECT")).toEqual({
    "db.system.name": "postgresql",
    "db.operation.name": "SELECT",
    ...target,
  });
  expect(await operationAttributes(collecting, "INSERT")).toMatchObject({
    "error.type": "42P01",
    "db.response.status_code": "42P01",
  });
});

test("an unhandled rejection stays unhandled", async () => {
  const client = await connected();
  const unhandled = vi.fn<() => void>();
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").once("unhandledRejection", unhandled);
  void client.query("no sql");
  await vi.waitFor(() => expect(unhandled).toHaveBeenCalledOnce());
  for (const listener of others) process.on("unhandledRejection", listener);
});

test("a pool's name is its host, port and database, also with a connection string, and never its password", async () => {
  const { host, port, user, database } = server;
  // The limit is a text, as in an environment variable.
  const made = pool({ connectionString: `postgres://${user}:s3cret@${host}:${port}/${database}`, max: "2" });
  const name = `${host}:${port}/${database}`;
  const held = [await made.connect(), await made.connect()];
  const waiting = made.query("SELECT 1");
  expect(await poolFigures(collecting, name)).toEqual({ idle: 0, used: 2, pending: 1, max: 2 });
  for (const client of held) client.release();
  await waiting;
  expect(await poolFigures(collecting, name)).toEqual({ idle: 2, used: 0, pending: 0, max: 2 });
  expect(JSON.stringify(await collecting.collect())).not.toContain("s3cret");
});

test("the times of a pool are recorded, and its timeouts", async () => {
  const made = pool({ ...server, max: 1, connectionTimeoutMillis: 3_000 });
  const name = `127.0.0.1:${server.port}/postgres`;
  await expectPoolTimes(
    collecting,
    name,
    () => made.connect(),
    (client) => client.release(),
  );
  // By a callback, which the pool calls with its own `release`; and by a query, which fails.
  await new Promise<void>((resolve) => {
    made.connect((_, client, done) => {
      expect(done).toBe(Reflect.get(Object(client), "release"));
      done();
      resolve();
    });
  });
  await expect(made.query("no sql")).rejects.toThrow("syntax");
  const idle = { "db.client.connection.pool.name": name };
  expect(await poolTimes(collecting, name)).toEqual({ created: 1, waited: 4, used: 4, timeouts: 1 });
  expect(await collecting.point("db.client.connection.idle.min", idle)).toBe(0);
});

test("a request that fails otherwise does not count as a timeout, and a lost connection counts as returned", async () => {
  const [unreachable, made] = [pool({ ...server, port: 1 }), pool()];
  await expect(unreachable.connect()).rejects.toThrow("ECONNREFUSED");
  expect(await poolTimes(collecting, "127.0.0.1:1/postgres")).toEqual({});
  const client = await made.connect();
  client.release(new Error("lost"));
  expect(() => client.release()).toThrow("already been released");
  expect(await poolTimes(collecting, `127.0.0.1:${server.port}/postgres`)).toEqual({
    created: 1,
    waited: 1,
    used: 1,
  });
});

test("two pools of one database are added up", async () => {
  await Promise.all([pool().query("SELECT 1"), pool().query("SELECT 1")]);
  const name = `127.0.0.1:${server.port}/postgres`;
  expect(await poolFigures(collecting, name)).toMatchObject({ idle: 2, used: 0, max: 4 });
});

test("an ended pool is left out", async () => {
  const ended = new pg.Pool({ ...server, max: 2 });
  await Promise.all([ended.query("SELECT 1"), pool().query("SELECT 1")]);
  await ended.end();
  const name = `127.0.0.1:${server.port}/postgres`;
  expect(await poolFigures(collecting, name)).toEqual({ idle: 1, used: 0, pending: 0, max: 2 });
  await expect(ended.query("SELECT 1")).rejects.toThrow("after calling end");
  expect(await poolFigures(collecting, name)).toEqual({ idle: 1, used: 0, pending: 0, max: 2 });
});

test("after a restart, the pools are still there", async () => {
  const ended = new pg.Pool({ ...server, max: 2 });
  const made = pool();
  const held = [await made.connect(), await made.connect()];
  await ended.query("SELECT 1");
  instrumentation.disable();
  await ended.end();
  const waiting = made.query("SELECT 1");
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({
    "db.client.connection.count": 2,
    "db.client.connection.pending_requests": 1,
    "db.client.connection.limit": 2,
    "db.client.connection.idle.min": 0,
  });
  for (const client of held) client.release();
  await waiting;
  await expectGauges({
    "db.client.connection.count": 2,
    "db.client.connection.pending_requests": 0,
    "db.client.connection.limit": 2,
    "db.client.connection.idle.min": 0,
  });
});

test("disabled, nothing is replaced", () => {
  expect(replaced()).not.toEqual(untouched);
  instrumentation.disable();
  expect(replaced()).toEqual(untouched);
});
