import { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";
import type { Pool } from "generic-pool";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { genericPool as instrumented } from "../../../instrumentations/generic-pool/index.ts";
import { begin } from "../../../instrumentations/generic-pool/instrumentation.ts";
import { expectPoolTimes, poolFigures, poolTimes } from "../database-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const { createPool }: typeof import("generic-pool") = require("generic-pool");
instrumentation.disable();

const name = "db.example:5432/shop";
const collecting = measured(instrumentation);
let pools: Pool<object>[];

beforeEach(() => {
  pools = [];
});

afterEach(async () => {
  for (const pool of pools) {
    await pool.drain();
    await pool.clear();
  }
  diag.disable();
});

function poolOf<Resource extends object>(
  create: () => Promise<Resource>,
  acquireTimeoutMillis?: number,
): Pool<Resource> {
  const options = { max: 1, ...(acquireTimeoutMillis !== undefined && { acquireTimeoutMillis }) };
  const pool = createPool({ create, destroy: async () => {} }, options);
  pools.push(pool);
  return pool;
}

const connect = async (): Promise<object> => ({ host: "db.example", port: 5432, database: "shop" });

test("the state and the times of a pool are recorded under the server of its connections", async () => {
  const pool = poolOf(connect, 200);
  await expectPoolTimes(
    collecting,
    name,
    () => pool.acquire(),
    (connection) => pool.release(connection),
  );
  expect(await poolFigures(collecting, name)).toEqual({ idle: 1, used: 0, pending: 0, max: 1 });
});

test("a port may be a text", async () => {
  const pool = poolOf(async () => ({ options: { socket: { host: "db.example", port: "6380" } } }));
  await pool.release(await pool.acquire());
  expect(await poolFigures(collecting, "db.example:6380")).toMatchObject({ max: 1 });
});

test("a connection that is destroyed was used, and a foreign one was not", async () => {
  const pool = poolOf(connect);
  await pool.destroy(await pool.acquire());
  await expect(pool.release({})).rejects.toThrow("not currently part");
  expect(await poolTimes(collecting, name)).toEqual({ created: 1, waited: 1, used: 1 });
});

test("resources without a host are not recorded, and the factory stays the application's own", async () => {
  const factory = { create: vi.fn<() => Promise<object>>(async () => ({})), destroy: async () => {} };
  const { create } = factory;
  const pool = createPool(factory);
  pools.push(pool);
  await pool.release(await pool.acquire());
  expect([factory.create, Reflect.get(pool, "_factory")]).toEqual([create, factory]);
  expect(create.mock.contexts[0]).toBe(factory);
  expect(await collecting.points("db.client.connection.count")).toEqual([]);
  expect(await collecting.points("db.client.connection.wait_time")).toEqual([]);
});

test("an unhandled rejection of a request stays unhandled", async () => {
  const pool = poolOf(connect, 20);
  const held = await pool.acquire();
  const unhandled = vi.fn<() => void>();
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").once("unhandledRejection", unhandled);
  void pool.acquire();
  await vi.waitFor(() => expect(unhandled).toHaveBeenCalledOnce());
  for (const listener of others) process.on("unhandledRejection", listener);
  await pool.release(held);
});

test("after a restart, the pools are still there", async () => {
  const pool = poolOf(connect);
  const held = await pool.acquire();
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({
    "db.client.connection.count": 1,
    "db.client.connection.pending_requests": 0,
    "db.client.connection.limit": 1,
    "db.client.connection.idle.min": 0,
  });
  await pool.release(held);
});
