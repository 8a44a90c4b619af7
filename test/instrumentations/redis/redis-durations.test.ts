import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { redis as instrumented } from "../../../instrumentations/redis/index.ts";
import { redisTarget } from "../../../instrumentations/redis/command-durations.ts";
import { begin } from "../../../instrumentations/redis/instrumentation.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { unhandledDuring } from "../../kit/unhandled-during.ts";
import { startRedis, startRedisCluster } from "../../servers/redis.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import {
  expectPoolTimes,
  operationAttributes,
  operationCounts,
  poolFigures,
  poolTimes,
} from "../database-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const redis: typeof import("redis") = require("redis");
const { version }: { version: string } = require("redis/package.json");
// In 5.0.0 only the client exports it.
const { createClientPool }: typeof import("redis") = createRequire(require.resolve("redis"))("@redis/client");

const server = serverOfFile("redis-server", startRedis);
let collecting: Collecting;
let ends: (() => void)[];

beforeEach(() => {
  collecting = collectingProvider();
  instrumentation.setMeterProvider(collecting.provider);
  ends = [];
});

afterEach(() => {
  for (const end of ends) end();
});

function clientFor(database: number) {
  return redis.createClient({
    url: `${server().url}/${database}`,
    name: "shop",
    RESP: 3,
    socket: { reconnectStrategy: () => 20 },
  });
}

async function connected(database = 0): Promise<ReturnType<typeof clientFor>> {
  const client = clientFor(database);
  client.on("error", () => {});
  await client.connect();
  ends.push(() => {
    if (client.isOpen) client.destroy();
  });
  return client;
}

test("a command is recorded once, with its database and server, and connection set-up is not recorded", async () => {
  const client = await connected(2);
  await client.set("key", "value");
  await client.get("key");
  await client.withCommandOptions({ asap: true }).get("key");
  await client.sendCommand(["GeT", "key"]);
  expect(await operationCounts(collecting)).toEqual({ SET: 1, GET: 3 });
  expect(await operationAttributes(collecting, "GET")).toEqual({
    "db.system.name": "redis",
    "db.namespace": "2",
    "db.operation.name": "GET",
    "server.address": "127.0.0.1",
    "server.port": server().port,
  });
});

test("port and database may be texts", () => {
  const given = { path: undefined, host: "redis", port: "6380", database: "2" };
  expect(redisTarget(given)).toEqual({ address: "redis", port: 6380, namespace: "2" });
});

test("the database follows a SELECT", async () => {
  const client = await connected();
  await client.get("key");
  expect(await operationAttributes(collecting, "GET")).toMatchObject({ "db.namespace": "0" });
  await client.select(3);
  await client.del("key");
  expect(await operationAttributes(collecting, "DEL")).toMatchObject({ "db.namespace": "3" });
});

test("a failure carries the server's error code, or the name of the client's error", async () => {
  const client = await connected();
  await client.set("text", "x");
  await expect(client.incr("text")).rejects.toThrow("not an integer");
  await expect(client.lPush("text", "1")).rejects.toThrow("WRONGTYPE");
  await expect(client.sendCommand(["customer-4711"])).rejects.toThrow("unknown command");
  const pending = client.get("text");
  client.destroy();
  await expect(pending).rejects.toThrow("Disconnects client");
  expect(await operationCounts(collecting)).toEqual({
    SET: 1,
    "INCR ERR": 1,
    "LPUSH WRONGTYPE": 1,
    "_OTHER ERR": 1,
    "GET DisconnectsClientError": 1,
  });
  expect(await operationAttributes(collecting, "LPUSH")).toMatchObject({
    "error.type": "WRONGTYPE",
    "db.response.status_code": "WRONGTYPE",
  });
});

test("an error of a script that does not begin with a code of Redis is recorded by its name", async () => {
  const client = await connected();
  await expect(client.eval("return redis.error_reply('ORDER4711 not found')")).rejects.toThrow("ORDER4711");
  await expect(client.eval("return redis.error_reply('BUSYKEY taken')")).rejects.toThrow("BUSYKEY");
  expect(await operationCounts(collecting)).toEqual({ "EVAL SimpleError": 1, "EVAL BUSYKEY": 1 });
  const { points } = collecting;
  expect(JSON.stringify(await points("db.client.operation.duration"))).not.toContain("ORDER4711");
});

test("each command of a pipeline and of a transaction is recorded once", async () => {
  const client = await connected();
  await client.multi().set("a", "1").get("a").execAsPipeline();
  expect(await operationCounts(collecting)).toEqual({ SET: 1, GET: 1 });
  await client.multi().set("a", "1").get("a").incr("a").exec();
  expect(await operationCounts(collecting)).toEqual({ SET: 2, GET: 2, INCR: 1, MULTI: 1, EXEC: 1 });
});

test("commands that wait for an event are not recorded", async () => {
  const [client, subscriber] = [await connected(), await connected()];
  await client.blPop("nothing", 0.01);
  await client.xRead({ key: "nothing", id: "$" }, { BLOCK: 1 });
  await client.xRead({ key: "nothing", id: "$" });
  await subscriber.subscribe("channel", () => {});
  await subscriber.pSubscribe("pattern*", () => {});
  await subscriber.unsubscribe("channel");
  expect(await operationCounts(collecting)).toEqual({ XREAD: 1 });
});

test("commands of a pool's clients are recorded", async () => {
  const pool = createClientPool({ url: server().url });
  await pool.connect();
  ends.push(() => pool.destroy());
  await pool.set("key", "value");
  await pool.multi().get("key").exec();
  expect(await operationCounts(collecting)).toEqual({ SET: 1, GET: 1, MULTI: 1, EXEC: 1 });
});

test("the state and the times of a pool are recorded", async () => {
  const pool = createClientPool(
    { url: `${server().url}/3` },
    { minimum: 0, maximum: 1, acquireTimeout: 3_000 },
  );
  await pool.connect();
  ends.push(() => pool.destroy());
  const name = `127.0.0.1:${server().port}/3`;
  const acquire = (): Promise<() => void> =>
    new Promise((resolve, reject) => {
      pool.execute(() => new Promise<void>((done) => resolve(done))).catch(reject);
    });
  await expectPoolTimes(collecting, name, acquire, (release) => release());
  expect(await poolFigures(collecting, name)).toEqual({ idle: 1, used: 0, pending: 0, max: 1 });
  // A proxy with its own options, a function that fails, and one without a promise.
  await pool.withTypeMapping({}).get("key");
  // Before version 6, one more promise of the library is rejected, which nothing can handle.
  const unhandled = await unhandledDuring(async () => {
    await expect(pool.execute(async () => Promise.reject(new Error("mine")))).rejects.toThrow("mine");
    await sleep(1);
  });
  expect(unhandled.length).toBeLessThanOrEqual(Number.parseInt(version) < 6 ? 1 : 0);
  const plain: unknown = Reflect.apply(Reflect.get(pool, "execute"), pool, [() => 5]);
  expect(await plain).toBe(5);
  expect(await poolTimes(collecting, name)).toEqual({ created: 1, waited: 5, used: 5, timeouts: 1 });
});

test("clients that a function of a pool connects are not the pool's", async () => {
  const pool = createClientPool({ url: `${server().url}/4` }, { minimum: 1 });
  await pool.connect();
  ends.push(() => pool.destroy());
  await pool.execute(() => connected());
  const name = `127.0.0.1:${server().port}/4`;
  expect(await poolTimes(collecting, name)).toEqual({ created: 1, waited: 1, used: 1 });
});

test("commands of a cluster's clients are recorded with the node's address", async () => {
  const { port, url } = await startRedisCluster();
  const cluster = redis.createCluster({ rootNodes: [{ url }] });
  await cluster.connect();
  ends.push(() => cluster.destroy());
  await cluster.set("key", "value");
  await cluster.multi().get("key").exec();
  expect(await operationCounts(collecting)).toMatchObject({ SET: 1, GET: 1, MULTI: 1, EXEC: 1 });
  expect(await operationAttributes(collecting, "SET")).toMatchObject({
    "server.address": "127.0.0.1",
    "server.port": port,
  });
});
