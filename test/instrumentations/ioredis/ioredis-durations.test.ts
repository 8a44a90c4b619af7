import { createRequire } from "node:module";
import type { Cluster, Redis as Client } from "ioredis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ioredis as instrumented } from "../../../instrumentations/ioredis/index.ts";
import { begin } from "../../../instrumentations/ioredis/instrumentation.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { freePort } from "../../kit/process.ts";
import { startRedis, startRedisCluster } from "../../servers/redis.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { operationAttributes, operationCounts } from "../database-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const ioredis: typeof import("ioredis") = require("ioredis");

const server = serverOfFile("redis-server", startRedis);
let collecting: Collecting;
let clients: (Client | Cluster)[];

beforeEach(() => {
  collecting = collectingProvider();
  instrumentation.setMeterProvider(collecting.provider);
  clients = [];
});

afterEach(() => {
  for (const client of clients) client.disconnect();
});

async function connected(options: { db?: number } = {}): Promise<Client> {
  const client = new ioredis.default({
    port: server().port,
    host: "127.0.0.1",
    lazyConnect: true,
    ...options,
  });
  client.on("error", () => {});
  clients.push(client);
  await client.connect();
  return client;
}

test("a command is recorded once, with its database and server, and connection set-up is not recorded", async () => {
  const client = await connected({ db: 2 });
  await client.set("key", "value");
  await client.get("key");
  await client.call("GeT", "key");
  await new Promise((resolve) => void client.get("key", resolve));
  expect(await operationCounts(collecting)).toEqual({ SET: 1, GET: 3 });
  expect(await operationAttributes(collecting, "GET")).toEqual({
    "db.system.name": "redis",
    "db.namespace": "2",
    "db.operation.name": "GET",
    "server.address": "127.0.0.1",
    "server.port": server().port,
  });
});

test("commands called before the connection is open are recorded once", async () => {
  const client = new ioredis.default({ port: server().port });
  clients.push(client);
  await Promise.all([client.set("early", "1"), client.get("early")]);
  expect(await operationCounts(collecting)).toEqual({ SET: 1, GET: 1 });
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
  await expect(client.lpush("text", "1")).rejects.toThrow("WRONGTYPE");
  await expect(client.call("customer-4711")).rejects.toThrow("unknown command");
  client.disconnect();
  await expect(client.get("text")).rejects.toThrow("closed");
  expect(await operationCounts(collecting)).toEqual({
    SET: 1,
    "INCR ERR": 1,
    "LPUSH WRONGTYPE": 1,
    "_OTHER ERR": 1,
    "GET Error": 1,
  });
  expect(await operationAttributes(collecting, "LPUSH")).toMatchObject({
    "error.type": "WRONGTYPE",
    "db.response.status_code": "WRONGTYPE",
  });
});

test("an error of a script that does not begin with a Redis code is recorded by its name", async () => {
  const client = await connected();
  await expect(client.eval("return redis.error_reply('ORDER4711 not found')", 0)).rejects.toThrow(
    "ORDER4711",
  );
  await expect(client.eval("return redis.error_reply('BUSYKEY taken')", 0)).rejects.toThrow("BUSYKEY");
  expect(await operationCounts(collecting)).toEqual({ "EVAL ReplyError": 1, "EVAL BUSYKEY": 1 });
  const { points } = collecting;
  expect(JSON.stringify(await points("db.client.operation.duration"))).not.toContain("ORDER4711");
});

test("an unhandled rejection stays unhandled", async () => {
  const client = await connected();
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  const unhandled = new Promise((resolve) => process.once("unhandledRejection", resolve));
  void client.call("no-command");
  expect(await unhandled).toMatchObject({ name: "ReplyError" });
  for (const listener of others) process.on("unhandledRejection", listener);
});

test("each command of a pipeline and of a transaction is recorded once", async () => {
  const client = await connected();
  await client.pipeline().set("a", "1").get("a").incr("a").exec();
  expect(await operationCounts(collecting)).toEqual({ SET: 1, GET: 1, INCR: 1 });
  await client.multi().set("b", "1").get("b").exec();
  await client.multi({ pipeline: false });
  await client.get("b");
  await client.exec();
  expect(await operationCounts(collecting)).toEqual({ SET: 2, GET: 3, INCR: 1, MULTI: 2, EXEC: 2 });
});

test("commands that wait for an event are not recorded", async () => {
  const [client, subscriber] = [await connected(), await connected()];
  await client.blpop("nothing", 0.01);
  await client.xread("BLOCK", 1, "STREAMS", "nothing", "$");
  await client.xread("STREAMS", "nothing", "$");
  await subscriber.subscribe("channel");
  await subscriber.psubscribe("pattern*");
  await subscriber.unsubscribe("channel");
  expect(await operationCounts(collecting)).toEqual({ XREAD: 1 });
});

test("names of a group and its consumer do not affect whether a read waits", async () => {
  const client = await connected();
  await client.xgroup("CREATE", "orders", "streams", "$", "MKSTREAM");
  await client.xreadgroup("GROUP", "streams", "worker", "BLOCK", 1, "STREAMS", "orders", ">");
  await client.xreadgroup("GROUP", "streams", "block", "STREAMS", "orders", ">");
  expect(await operationCounts(collecting)).toEqual({ XGROUP: 1, XREADGROUP: 1 });
});

test("a command without a reply is a failure once the client abandons it", async () => {
  const port = await freePort();
  const client = new ioredis.default({ port, maxRetriesPerRequest: 0, retryStrategy: () => 1 });
  clients.push(client);
  client.on("error", () => {});
  await expect(client.get("key")).rejects.toThrow("max retries");
  expect(await operationCounts(collecting)).toEqual({ "GET MaxRetriesPerRequestError": 1 });
  expect(await operationAttributes(collecting, "GET")).toMatchObject({ "server.port": port });
});

test("a command that times out while it is queued is recorded once, even if it is sent and gets a reply later", async () => {
  const client = new ioredis.default({
    port: await freePort(),
    commandTimeout: 20,
    maxRetriesPerRequest: null,
    retryStrategy: () => 10,
  });
  clients.push(client);
  client.on("error", () => {});
  await expect(client.set("late", "1")).rejects.toThrow("timed out");
  client.options.port = server().port;
  delete client.options.commandTimeout;
  expect(await client.exists("late")).toBe(1);
  expect(await operationCounts(collecting)).toEqual({ "SET Error": 1, EXISTS: 1 });
});

test("commands called while a connection is set up are recorded once, without the set-up itself", async () => {
  const client = new ioredis.default({ port: server().port, db: 1, lazyConnect: true });
  clients.push(client);
  const answers = new Promise<unknown>((resolve) => {
    client.once("connect", () => {
      resolve(
        Promise.all([
          client.publish("channel", "message"),
          client.echo("text"),
          client.time(),
          client.get("key"),
          client.multi({ pipeline: false }),
          client.exec(),
        ]),
      );
    });
  });
  await client.connect();
  await answers;
  expect(await operationCounts(collecting)).toEqual({
    PUBLISH: 1,
    ECHO: 1,
    TIME: 1,
    GET: 1,
    MULTI: 1,
    EXEC: 1,
  });
});

test("a Unix socket is a server without a port", async () => {
  const client = new ioredis.default({ path: "/nowhere/redis.sock", maxRetriesPerRequest: 0 });
  clients.push(client);
  client.on("error", () => {});
  await expect(client.get("key")).rejects.toThrow("max retries");
  const attributes = await operationAttributes(collecting, "GET");
  expect(attributes).toMatchObject({ "server.address": "/nowhere/redis.sock" });
  expect(attributes).not.toHaveProperty("server.port");
});

test("commands of a cluster's clients are recorded with the node's address", async () => {
  const { port } = await startRedisCluster();
  const cluster = new ioredis.default.Cluster([{ host: "127.0.0.1", port }]);
  clients.push(cluster);
  await cluster.set("key", "value");
  await cluster.pipeline().get("key").get("key").exec();
  expect(await operationCounts(collecting)).toMatchObject({ SET: 1, GET: 2 });
  expect(await operationAttributes(collecting, "SET")).toMatchObject({
    "server.address": "127.0.0.1",
    "server.port": port,
  });
});
