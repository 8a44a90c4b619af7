import { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";
import type { Client } from "pg";
import type { Pool } from "tarn";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tarn as instrumented } from "../../../instrumentations/tarn/index.ts";
import { begin } from "../../../instrumentations/tarn/instrumentation.ts";
import { needsPostgres, type Postgres, startPostgres } from "../../servers/postgres.ts";
import { expectPoolTimes, poolFigures, poolTimes } from "../database-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const { Pool: TarnPool }: typeof import("tarn") = require("tarn");
const pg: typeof import("pg") = require("pg");
instrumentation.disable();

let server: Postgres;
const collecting = measured(instrumentation);
let name: string;
let ends: (() => Promise<unknown>)[];

beforeEach(async (context) => {
  needsPostgres(context);
  server ??= await startPostgres("file");
  name = `127.0.0.1:${server.port}/postgres`;
  ends = [];
}, 120_000);

afterEach(async () => {
  for (const end of ends) await end();
  diag.disable();
});

// As `knex` makes it.
function poolOfOne(options: object = {}): Pool<Client> {
  const pool = new TarnPool<Client>({
    min: 0,
    max: 1,
    acquireTimeoutMillis: 3_000,
    create: async () => {
      const client = new pg.Client(server);
      await client.connect();
      return client;
    },
    destroy: (client) => client.end(),
    ...options,
  });
  ends.push(() => pool.destroy());
  return pool;
}

test("the state and the times of a pool are recorded under the server of its connections", async () => {
  const pool = poolOfOne();
  await expectPoolTimes(
    collecting,
    name,
    () => pool.acquire().promise,
    (client) => pool.release(client),
  );
  expect(await poolFigures(collecting, name)).toEqual({ idle: 1, used: 0, pending: 0, max: 1 });
});

test("requests that time out before there was a connection count for the package", async () => {
  const pool = poolOfOne({
    acquireTimeoutMillis: 20,
    createTimeoutMillis: 40,
    create: () => new Promise(() => {}),
  });
  await expect(pool.acquire().promise).rejects.toThrow("timed out");
  expect(await poolTimes(collecting, "tarn")).toEqual({ timeouts: 1 });
});

test("a connection that cannot be created does not count as a timeout", async () => {
  const create = async (): Promise<never> => Promise.reject(new Error("no such user"));
  const pool = poolOfOne({ create, propagateCreateError: true });
  await expect(pool.acquire().promise).rejects.toThrow("no such user");
  expect(await poolTimes(collecting, "tarn")).toEqual({});
});

test("an aborted request has no time, and a connection that is released twice is used once", async () => {
  const pool = poolOfOne();
  const client = await pool.acquire().promise;
  const waiting = pool.acquire();
  waiting.abort();
  await expect(waiting.promise).rejects.toThrow("abort");
  expect([pool.release(client), pool.release(client)]).toEqual([true, false]);
  expect(await poolTimes(collecting, name)).toEqual({ created: 1, waited: 1, used: 1 });
});

test("after a restart, the pools are still there, and the earlier listeners are gone", async () => {
  const pool = poolOfOne();
  pool.release(await pool.acquire().promise);
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  pool.release(await pool.acquire().promise);
  const emitter: unknown = Reflect.get(pool, "emitter");
  expect(Reflect.apply(Reflect.get(Object(emitter), "listenerCount"), emitter, ["release"])).toBe(1);
  await expectGauges({
    "db.client.connection.count": 1,
    "db.client.connection.pending_requests": 0,
    "db.client.connection.limit": 1,
    "db.client.connection.idle.min": 0,
  });
});
