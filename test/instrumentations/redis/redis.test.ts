import { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";
import { Messaging } from "../../../src/facades/messaging/index.ts";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { redis as instrumented } from "../../../instrumentations/redis/index.ts";
import { begin } from "../../../instrumentations/redis/instrumentation.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { startRedis, startRedisCluster } from "../../servers/redis.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { MessageFigures } from "../message-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled, which is what an application's `import "redis"` amounts to.
const require = createRequire(import.meta.url);
const redis: typeof import("redis") = require("redis");
// In 5.0.0 only the client exports it.
const { createClientPool }: typeof import("redis") = createRequire(require.resolve("redis"))("@redis/client");
instrumentation.disable();
// Objects of which the instrumentation replaces methods.
const replaced = (): unknown[] =>
  [
    ["index.js", "default", "emit"],
    ["pub-sub.js", "PubSub", "handleMessageReply"],
    ["linked-list.js", "DoublyLinkedList", "add"],
  ].map(([file, name, method]) => {
    const exported: object = require(`@redis/client/dist/lib/client/${file}`);
    return Reflect.get(Reflect.get(Object(Reflect.get(exported, name!)), "prototype"), method!);
  });
const untouched = replaced();

const server = serverOfFile("redis-server", startRedis);
const collecting = measured(instrumentation);
const figures = new MessageFigures(collecting, "redis");
let clients: Client[];

beforeEach(() => {
  instrumentation.setConfig({ messaging: new Messaging({ meterProvider: collecting.provider }) });
  clients = [];
});

afterEach(() => {
  for (const client of clients) if (client.isOpen) client.destroy();
  diag.disable();
});

type Client = ReturnType<typeof clientFor>;

function clientFor(RESP: 2 | 3 = 3) {
  return redis.createClient({
    url: server().url,
    RESP,
    socket: { reconnectStrategy: () => 20 },
  });
}

async function connect(RESP?: 2 | 3): Promise<Client> {
  const client = clientFor(RESP);
  client.on("error", () => {});
  clients.push(client);
  await client.connect();
  return client;
}

test.each([2, 3] as const)(
  "a channel's messages are counted once as sent, delivered and processed, by protocol %i",
  async (protocol) => {
    const [publisher, subscriber] = [await connect(protocol), await connect(protocol)];
    const seen: unknown[] = [];
    await subscriber.subscribe("jobs:7:state", (message, channel) => seen.push([channel, message]));
    for (let i = 0; i < 5; i++) expect(await publisher.publish("jobs:7:state", `job ${i}`)).toBe(1);
    await vi.waitFor(() => expect(seen).toHaveLength(5));
    expect(seen[0]).toEqual(["jobs:7:state", "job 0"]);
    expect(await figures.of("jobs:*:state")).toEqual({ sent: 5, received: 5, processed: 5 });
  },
);

test("a pattern's and a shard's messages count under their channel", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const seen: unknown[] = [];
  await subscriber.pSubscribe("jobs.*", (_message, channel) => seen.push(channel));
  await subscriber.sSubscribe("shard", (_message, channel) => seen.push(channel.toString()), true);
  await publisher.publish("jobs.new", "x");
  await publisher.sPublish("shard", "x");
  await vi.waitFor(() => expect(seen).toEqual(["jobs.new", "shard"]));
  expect(await figures.of("jobs.new")).toEqual({ sent: 1, received: 1, processed: 1 });
  expect(await figures.of("shard")).toEqual({ sent: 1, received: 1, processed: 1 });
});

test("a listener that throws is recorded as a processing error, and as the client's error as before", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const errors: unknown[] = [];
  subscriber.on("error", (error) => errors.push(error));
  await subscriber.subscribe("jobs", () => {
    throw new RangeError("cannot work on this");
  });
  await publisher.publish("jobs", "x");
  await vi.waitFor(() => expect(errors).toEqual([new RangeError("cannot work on this")]));
  expect(await figures.of("jobs")).toEqual({ sent: 1, received: 1 });
  expect(await figures.processed("jobs", "RangeError")).toBe(1);
});

test("lists count pushed and popped elements, by any command", async () => {
  const client = await connect();
  await client.del("work");
  expect(await client.rPush("work", ["1", "2", "3", "4", "5", "6"])).toBe(6);
  await client.lPush("work", "0");
  expect(await client.rPushX("nowhere", ["1", "2"])).toBe(0);
  expect(await client.lPop("work")).toBe("0");
  expect(await client.lPopCount("work", 2)).toEqual(["1", "2"]);
  expect(await client.blPop("work", 1)).toEqual({ key: "work", element: "3" });
  expect(await client.lmPop("work", "LEFT")).toEqual(["work", ["4"]]);
  expect(await client.lMove("work", "busy", "LEFT", "LEFT")).toBe("5");
  expect(await client.rPopLPush("work", "busy")).toBe("6");
  expect(await client.lPop("work")).toBeNull();
  expect(await client.lPopCount("work", 2)).toBeNull();
  expect(await figures.of("work")).toEqual({ sent: 7, received: 7 });
  expect(await figures.of("nowhere")).toEqual({});
  expect(await figures.of("busy")).toEqual({});
});

test.each([2, 3] as const)(
  "streams count added and read entries, groups also unsettled ones, by protocol %i",
  async (protocol) => {
    const client = await connect(protocol);
    await client.del(["events", "other"]);
    await client.xGroupCreate("events", "workers", "0", { MKSTREAM: true });
    for (let i = 0; i < 4; i++) await client.xAdd("events", "*", { n: String(i) });
    await client.xAdd("other", "*", { n: "0" });
    const streams = [
      { key: "events", id: "0" },
      { key: "other", id: "0" },
    ];
    // With protocol 3, in 5.0.0, this is an object.
    expect(Object.keys((await client.xRead(streams, { COUNT: 10 })) ?? {})).toHaveLength(2);
    const fresh = { key: "events", id: ">" };
    await client.xReadGroup("workers", "me", fresh, { COUNT: 3 });
    expect(await figures.of("events")).toEqual({ sent: 4, received: 7, inFlight: 3 });
    expect(await figures.of("other")).toEqual({ sent: 1, received: 1 });
    const ids = (await client.xPendingRange("events", "workers", "-", "+", 10)).map(({ id }) => id);
    expect(await client.xAck("events", "workers", ids.slice(0, 2))).toBe(2);
    await client.xReadGroup("workers", "me", { key: "events", id: "0" });
    expect(await figures.of("events")).toEqual({ sent: 4, received: 7, inFlight: 1 });
    await client.xReadGroup("workers", "me", fresh, { NOACK: true });
    expect(await figures.of("events")).toEqual({ sent: 4, received: 8, inFlight: 1 });
    await client.xClaim("events", "workers", "other", 0, ids[2]!);
    await client.xAutoClaim("events", "workers", "third", 0, "0");
    expect(await figures.of("events")).toEqual({ sent: 4, received: 10, inFlight: 1 });
    await client.xGroupDelConsumer("events", "workers", "third");
    expect(await figures.of("events")).toMatchObject({ inFlight: 0 });
    await client.xAdd("events", "*", { n: "4" });
    await client.xReadGroup("workers", "me", fresh);
    expect(await figures.of("events")).toMatchObject({ inFlight: 1 });
    await client.del("events");
    expect(await figures.of("events")).toMatchObject({ inFlight: 0 });
  },
);

test("streams of other databases are others, and entries of a restart or an hour before are in flight or not", async () => {
  const [client, tenant] = [await connect(), await connect()];
  await tenant.select(1);
  const reading = { key: "tenants", id: ">" };
  for (const each of [client, tenant]) {
    await each.xGroupCreate("tenants", "workers", "0", { MKSTREAM: true });
    for (const id of ["1-0", "1-1"]) await each.xAdd("tenants", id, { n: "1" });
    await each.xReadGroup("workers", "me", reading);
  }
  expect(await figures.of("tenants")).toMatchObject({ inFlight: 4 });
  await tenant.xAck("tenants", "workers", "1-0");
  expect(await figures.of("tenants")).toMatchObject({ inFlight: 3 });
  await tenant.multi().del("tenants").exec();
  expect(await figures.of("tenants")).toMatchObject({ inFlight: 2 });
  const pool = createClientPool({ url: server().url }, { minimum: 1, maximum: 2 });
  await pool.connect();
  await pool.ping();
  onTestFinished(() => pool.destroy());
  const ofPool = {
    "db.client.connection.count": 1,
    "db.client.connection.pending_requests": 0,
    "db.client.connection.limit": 2,
    "db.client.connection.idle.min": 1,
  };
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "messages.in_flight": 2, ...ofPool });
  await client.xAck("tenants", "workers", "1-0");
  await expectGauges({ "messages.in_flight": 1, ...ofPool });
  const later = performance.now() + 3_600_001;
  const now = vi.spyOn(performance, "now").mockImplementation(() => later);
  await expectGauges({ "messages.in_flight": 0, ...ofPool });
  now.mockRestore();
});

test("pipelines and transactions count the executed commands", async () => {
  const client = await connect();
  await client.multi().publish("piped", "1").set("x", "1").publish("piped", "2").execAsPipeline();
  await client.multi().publish("piped", "3").rPush("piped:list", ["1", "2"]).lPop("piped:list").exec();
  await client.watch("guarded");
  await (await connect()).set("guarded", String(Math.random()));
  await expect(client.multi().publish("piped", "never").exec()).rejects.toThrow("watched keys");
  await Promise.all([client.publish("piped", "4"), client.publish("piped", "5")]);
  expect(await figures.of("piped")).toEqual({ sent: 5 });
  expect(await figures.of("piped:list")).toEqual({ sent: 2, received: 1 });
});

test("commands that fail in a transaction count nothing", async () => {
  const client = await connect();
  await client.set("text", "x");
  await expect(client.multi().rPush("text", "1").publish("afterwards", "x").exec()).rejects.toThrow(
    "1 commands failed",
  );
  expect(await figures.of("text")).toEqual({});
  expect(await figures.of("afterwards")).toEqual({ sent: 1 });
});

test("a command that fails counts nothing, and rejects as before", async () => {
  const client = await connect();
  await client.set("text", "x");
  await expect(client.lPush("text", "1")).rejects.toThrow(/^WRONGTYPE/);
  await expect(client.sendCommand(["LPUSH", "text", "1"])).rejects.toThrow(/^WRONGTYPE/);
  expect(await figures.of("text")).toEqual({});
});

test("keys may be bytes or long, messages empty or of 100 MB", async () => {
  const client = await connect();
  const binary = Buffer.from([0xff, 0x00, 0xfe]);
  await client.publish(binary, Buffer.alloc(0));
  await client.publish("x".repeat(600), "");
  await client.sendCommand(["PuBlIsH", "spelt", "x"]);
  const large = Buffer.alloc(100 * 1024 * 1024, "x");
  await client.rPush("large", large);
  expect((await client.lPop("large"))?.length).toBe(large.length);
  expect(await figures.of(String(binary))).toEqual({ sent: 1 });
  expect(await figures.of("*")).toEqual({ sent: 1 });
  expect(await figures.of("spelt")).toEqual({ sent: 1 });
  expect(await figures.of("large")).toEqual({ sent: 1, received: 1 });
});

test("names that belong to another library or are to be ignored are not recorded", async () => {
  instrumentation.setConfig({
    messaging: new Messaging({ meterProvider: collecting.provider }),
    ignore: (key) => key.startsWith("cache:"),
    destination: (key) => key.split(":")[0] ?? "",
  });
  const client = await connect();
  await client.rPush("bull:mail:wait", "1");
  await client.publish("socket.io#/#", "1");
  await client.rPush("cache:pages", "1");
  await client.rPush("jobs:pages", "1");
  expect(await collecting.points("messages.sent")).toEqual([
    { attributes: { "messaging.system.name": "redis", "messaging.destination.name": "jobs" }, value: 1 },
  ]);
});

test("messages published while Redis is unavailable are counted when they are sent, and the reconnect is counted", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const seen: unknown[] = [];
  await subscriber.subscribe("outage", (message) => seen.push(message));
  await publisher.publish("outage", "before");
  await vi.waitFor(() => expect(seen).toEqual(["before"]));
  await server().kill();
  await vi.waitFor(() => expect([publisher.isReady, subscriber.isReady]).toEqual([false, false]));
  const later = publisher.publish("outage", "after");
  expect(await figures.of("outage")).toEqual({ sent: 1, received: 1, processed: 1 });
  expect(await figures.reconnects()).toBeUndefined();
  await server().startAgain();
  await later;
  await vi.waitFor(() => expect(subscriber.isReady).toBe(true));
  await publisher.publish("outage", "again");
  await vi.waitFor(() => expect(seen).toContain("again"));
  expect(await figures.reconnects()).toBe(2);
  expect(await figures.of("outage")).toMatchObject({ sent: 3, received: seen.length });
});

test("messages over a cluster or a pool count once", async () => {
  const { url } = await startRedisCluster();
  const cluster = await redis.createCluster({ rootNodes: [{ url }] }).connect();
  const pool = createClientPool({ url: server().url });
  await pool.connect();
  try {
    const seen: unknown[] = [];
    await cluster.subscribe("news", (message) => seen.push(message));
    await cluster.publish("news", "x");
    await vi.waitFor(() => expect(seen).toEqual(["x"]));
    await cluster.rPush("work", ["1", "2"]);
    await cluster.multi().rPush("work", "3").lPop("work").exec();
    await Promise.all([pool.rPush("pooled", "1"), pool.rPush("pooled", "2")]);
    expect(await figures.of("news")).toEqual({ sent: 1, received: 1, processed: 1 });
    expect(await figures.of("work")).toEqual({ sent: 3, received: 1 });
    expect(await figures.of("pooled")).toEqual({ sent: 2 });
  } finally {
    cluster.destroy();
    pool.destroy();
  }
});

test("a connection that the application closes and reopens is not a reconnect", async () => {
  const client = await connect();
  await client.close();
  await client.connect();
  await client.ping();
  expect(await figures.reconnects()).toBeUndefined();
});

test("a failing option is logged once, and commands continue", async () => {
  const warnings = collectWarnings();
  instrumentation.setConfig({
    messaging: new Messaging({ meterProvider: collecting.provider }),
    ignore: () => {
      throw new Error("no idea");
    },
  });
  const client = await connect();
  expect(await client.publish("jobs", "1")).toBe(0);
  expect(await client.publish("jobs", "2")).toBe(0);
  expect(warnings).toEqual(["instrumentation redis: something could not be recorded; this is logged once"]);
});

test("disabling restores all methods and stops recording; enabling starts again", async () => {
  const client = await connect();
  await client.publish("jobs", "1");
  expect([client.emit.name, client.emit.length]).toEqual(["emit", 1]);
  instrumentation.disable();
  expect(replaced()).toEqual(untouched);
  await client.publish("jobs", "2");
  expect(await figures.of("jobs")).toEqual({ sent: 1 });
  instrumentation.enable();
  await client.publish("jobs", "3");
  expect(await figures.of("jobs")).toEqual({ sent: 2 });
});
