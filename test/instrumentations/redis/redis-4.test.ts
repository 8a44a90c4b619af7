// Version 4 of `redis`, whose client is of version 1.
import { createRequire } from "node:module";
import { Messaging } from "../../../src/facades/messaging/index.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { redis as instrumented } from "../../../instrumentations/redis/index.ts";
import { begin } from "../../../instrumentations/redis/instrumentation.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { startRedis, startRedisCluster } from "../../servers/redis.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { operationAttributes, operationCounts } from "../database-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { MessageFigures } from "../message-figures.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const redis: typeof import("redis-4") = require("redis-4");

const server = serverOfFile("redis-server", startRedis);
let collecting: Collecting;
let figures: MessageFigures;
let ends: (() => unknown)[];

beforeEach(() => {
  collecting = collectingProvider();
  figures = new MessageFigures(collecting, "redis");
  instrumentation.setMeterProvider(collecting.provider);
  instrumentation.setConfig({ messaging: new Messaging({ meterProvider: collecting.provider }) });
  ends = [];
});

afterEach(async () => {
  await Promise.all(ends.map((end) => end()));
});

function clientFor(database: number) {
  return redis.createClient({ url: `${server().url}/${database}`, name: "shop" });
}

async function connected(database = 0): Promise<ReturnType<typeof clientFor>> {
  const client = clientFor(database);
  client.on("error", () => {});
  await client.connect();
  ends.push(() => client.isOpen && client.disconnect());
  return client;
}

test("a command is recorded once, with its database and server, and connection set-up is not recorded", async () => {
  const client = await connected(2);
  expect(await client.set("key", "value")).toBe("OK");
  expect(await client.GET("key")).toBe("value");
  expect(await client.sendCommand(["GeT", "key"])).toBe("value");
  expect(await client.get(redis.commandOptions({ returnBuffers: true }), "key")).toEqual(
    Buffer.from("value"),
  );
  expect(await operationCounts(collecting)).toEqual({ SET: 1, GET: 3 });
  expect(await operationAttributes(collecting, "GET")).toEqual({
    "db.system.name": "redis",
    "db.namespace": "2",
    "db.operation.name": "GET",
    "server.address": "127.0.0.1",
    "server.port": server().port,
  });
  await client.select(3);
  await client.del("key");
  expect(await operationAttributes(collecting, "DEL")).toMatchObject({ "db.namespace": "3" });
});

test("a failure carries the server's error code, or the name of the client's error, and rejects as before", async () => {
  const client = await connected();
  await client.set("text", "x");
  await expect(client.lPush("text", "1")).rejects.toThrow("WRONGTYPE");
  const pending = client.get("text");
  await client.disconnect();
  await expect(pending).rejects.toThrow("Disconnects client");
  expect(await operationCounts(collecting)).toEqual({
    SET: 1,
    "LPUSH WRONGTYPE": 1,
    "GET DisconnectsClientError": 1,
  });
});

test("a rejection without a handler is reported once, as before", async () => {
  const client = await connected();
  const unhandled: unknown[] = [];
  const report = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", report);
  ends.push(() => process.off("unhandledRejection", report));
  void client.sendCommand(["INCR"]);
  await vi.waitFor(() => expect(unhandled).toHaveLength(1));
});

test("transactions, scripts and commands of a module are recorded, each command once", async () => {
  const client = await connected();
  expect(await client.multi().set("a", "1").rPush("work", ["1", "2"]).exec()).toEqual(["OK", 2]);
  expect(await operationCounts(collecting)).toEqual({ SET: 1, RPUSH: 1, MULTI: 1, EXEC: 1 });
  expect(await figures.of("work")).toEqual({ sent: 2 });
  await client.eval("return 1");
  await expect(client.json.get("a")).rejects.toThrow("unknown command");
  expect(await operationCounts(collecting)).toMatchObject({ EVAL: 1, "_OTHER ERR": 1 });
});

test("a client without modules and scripts records transactions and commands", async () => {
  const { createClient }: typeof import("redis-4") = createRequire(require.resolve("redis-4"))(
    "@redis/client",
  );
  const client = createClient({ url: `${server().url}/0` });
  client.on("error", () => {});
  await client.connect();
  ends.push(() => client.disconnect());
  expect(await client.multi().set("a", "1").incr("a").exec()).toEqual(["OK", 2]);
  expect(await client.get("a")).toBe("2");
  expect(await operationCounts(collecting)).toEqual({ SET: 1, INCR: 1, MULTI: 1, EXEC: 1, GET: 1 });
});

test("channels, lists and streams count messages", async () => {
  const [client, subscriber] = [await connected(), await connected()];
  const seen: string[] = [];
  await subscriber.subscribe("jobs", (message) => void seen.push(message));
  await client.publish("jobs", "x");
  await vi.waitFor(() => expect(seen).toEqual(["x"]));
  expect(await figures.of("jobs")).toEqual({ sent: 1, received: 1, processed: 1 });
  await client.rPush("list", ["1", "2", "3"]);
  expect(await client.blPop("list", 1)).toEqual({ key: "list", element: "1" });
  expect(await client.lPopCount("list", 2)).toEqual(["2", "3"]);
  expect(await figures.of("list")).toEqual({ sent: 3, received: 3 });
  await client.xGroupCreate("events", "workers", "0", { MKSTREAM: true });
  const id = await client.xAdd("events", "*", { n: "1" });
  await client.xReadGroup("workers", "one", { key: "events", id: ">" });
  expect(await figures.of("events")).toEqual({ sent: 1, received: 1, inFlight: 1 });
  await client.xAck("events", "workers", id);
  expect(await figures.of("events")).toEqual({ sent: 1, received: 1, inFlight: 0 });
});

test("commands of a cluster are recorded with the node's address", async () => {
  const { port, url } = await startRedisCluster();
  const cluster = redis.createCluster({ rootNodes: [{ url }] });
  await cluster.connect();
  ends.push(() => cluster.disconnect());
  await cluster.set("key", "value");
  await cluster.multi().get("key").exec();
  expect(await operationCounts(collecting)).toMatchObject({ SET: 1, GET: 1, MULTI: 1, EXEC: 1 });
  expect(await operationAttributes(collecting, "SET")).toMatchObject({ "server.port": port });
});
