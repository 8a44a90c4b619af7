import { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";
import type { Redis as Client } from "ioredis";
import { Messaging } from "../../../src/facades/messaging/index.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { claimNames } from "../../../instrumentations/shared/names.ts";
import { ioredis as instrumented } from "../../../instrumentations/ioredis/index.ts";
import { begin } from "../../../instrumentations/ioredis/instrumentation.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { startRedis, startRedisCluster } from "../../servers/redis.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { MessageFigures } from "../message-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled, which is what an application's `import "ioredis"` amounts to.
const require = createRequire(import.meta.url);
const ioredis: typeof import("ioredis") = require("ioredis");
const { Command } = ioredis;
instrumentation.disable();
const untouched = [
  Reflect.get(ioredis.default.prototype, "emit"),
  Reflect.get(Command.prototype, "transformReply"),
];

const server = serverOfFile("redis-server", startRedis);
const collecting = measured(instrumentation);
const figures = new MessageFigures(collecting, "redis");
let clients: Client[];

beforeEach(() => {
  instrumentation.setConfig({ messaging: new Messaging({ meterProvider: collecting.provider }) });
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.disconnect();
  diag.disable();
});

interface ClientOptions {
  readonly protocol?: 2 | 3;
  readonly lazyConnect?: boolean;
  readonly enableAutoPipelining?: boolean;
  readonly db?: number;
  readonly maxRetriesPerRequest?: null;
}

function connect(options: ClientOptions = {}): Client {
  const client = new ioredis.default({ port: server().port, retryStrategy: () => 20, ...options });
  client.on("error", () => {});
  clients.push(client);
  return client;
}

test.each([
  { protocol: 2, listening: "message" },
  { protocol: 3, listening: "messageBuffer" },
] as const)(
  "a channel's messages are counted once as sent, delivered and processed, by protocol $protocol as $listening",
  async ({ protocol, listening }) => {
    const [publisher, subscriber] = [connect({ protocol }), connect({ protocol })];
    const seen: unknown[] = [];
    const see = (channel: unknown, message: unknown): void =>
      void seen.push([String(channel), String(message)]);
    if (listening === "message") subscriber.on("message", see);
    else subscriber.on("messageBuffer", see);
    await subscriber.subscribe("jobs:7:state");
    for (let i = 0; i < 5; i++) expect(await publisher.publish("jobs:7:state", `job ${i}`)).toBe(1);
    await vi.waitFor(() => expect(seen).toHaveLength(5));
    expect(seen[0]).toEqual(["jobs:7:state", "job 0"]);
    expect(await figures.of("jobs:*:state")).toEqual({ sent: 5, received: 5, processed: 5 });
  },
);

test("a shard's messages count under their channel", async (context) => {
  if (!Command.checkFlag("ENTER_SUBSCRIBER_MODE", "ssubscribe")) {
    context.skip("this version of ioredis cannot subscribe to a shard's channels");
  }
  const [publisher, subscriber] = [connect(), connect()];
  const seen: unknown[] = [];
  subscriber.on("smessage", (channel) => seen.push(channel));
  await subscriber.ssubscribe("shard");
  await publisher.spublish("shard", "x");
  await vi.waitFor(() => expect(seen).toEqual(["shard"]));
  expect(await figures.of("shard")).toEqual({ sent: 1, received: 1, processed: 1 });
});

test("a pattern's messages count under their channel", async () => {
  const [publisher, subscriber] = [connect(), connect()];
  const seen: unknown[] = [];
  subscriber.on("pmessage", (pattern, channel) => seen.push([pattern, channel]));
  await subscriber.psubscribe("jobs.*");
  await publisher.publish("jobs.new", "x");
  await vi.waitFor(() => expect(seen).toEqual([["jobs.*", "jobs.new"]]));
  expect(await figures.of("jobs.new")).toEqual({ sent: 1, received: 1, processed: 1 });
});

test("a message with text and byte listeners is processed once", async () => {
  const [publisher, subscriber] = [connect(), connect()];
  const seen: unknown[] = [];
  subscriber.on("message", (channel) => seen.push(channel));
  subscriber.on("messageBuffer", (channel) => seen.push(channel.toString()));
  await subscriber.subscribe("both");
  await publisher.publish("both", "x");
  await vi.waitFor(() => expect(seen).toEqual(["both", "both"]));
  expect(await figures.of("both")).toEqual({ sent: 1, received: 1, processed: 1 });
});

test("a message without listeners is received, not processed", async () => {
  const [publisher, subscriber] = [connect(), connect()];
  await subscriber.subscribe("silent");
  await publisher.publish("silent", "x");
  await vi.waitFor(async () => expect(await figures.of("silent")).toEqual({ sent: 1, received: 1 }));
});

test("a listener that throws is recorded as a processing error, and throws as before", async () => {
  const client = connect({ lazyConnect: true });
  client.on("message", () => {
    throw new RangeError("cannot work on this");
  });
  expect(() => client.emit("message", "jobs", "x")).toThrow(new RangeError("cannot work on this"));
  expect(await figures.of("jobs")).toEqual({ received: 1 });
  expect(await figures.processed("jobs", "RangeError")).toBe(1);
});

test("lists count pushed and popped elements, by any command", async () => {
  const client = connect();
  await client.del("work");
  expect(await client.rpush("work", "1", "2", "3", "4", "5", "6")).toBe(6);
  await client.lpush("work", "0");
  expect(await client.rpushx("nowhere", "1", "2")).toBe(0);
  expect(await client.lpop("work")).toBe("0");
  expect(await client.lpop("work", 2)).toEqual(["1", "2"]);
  expect(await client.blpop("work", 1)).toEqual(["work", "3"]);
  expect(await client.call("LMPOP", "1", "work", "LEFT")).toEqual(["work", ["4"]]);
  expect(await client.lmove("work", "busy", "LEFT", "LEFT")).toBe("5");
  expect(await client.rpoplpush("work", "busy")).toBe("6");
  expect(await client.lpop("work")).toBeNull();
  expect(await client.lpop("work", 2)).toBeNull();
  expect(await figures.of("work")).toEqual({ sent: 7, received: 7 });
  expect(await figures.of("nowhere")).toEqual({});
  expect(await figures.of("busy")).toEqual({});
});

test.each([2, 3] as const)(
  "streams count added and read entries, groups also unsettled ones, by protocol %i",
  async (protocol) => {
    const client = connect({ protocol });
    await client.del("events", "other");
    await client.xgroup("CREATE", "events", "workers", "0", "MKSTREAM");
    for (let i = 0; i < 4; i++) await client.xadd("events", "*", "n", String(i));
    await client.xadd("other", "*", "n", "0");
    const read = await client.xread("COUNT", 10, "STREAMS", "events", "other", "0", "0");
    expect(read).toHaveLength(2);
    const group = await client.xreadgroup("GROUP", "workers", "me", "COUNT", 3, "STREAMS", "events", ">");
    expect(group).toHaveLength(1);
    expect(await figures.of("events")).toEqual({ sent: 4, received: 7, inFlight: 3 });
    expect(await figures.of("other")).toEqual({ sent: 1, received: 1 });
    const pending = await client.xpending("events", "workers", "-", "+", 10);
    const ids = pending.map((entry) => String(Array.isArray(entry) ? entry[0] : entry));
    expect(await client.xack("events", "workers", ids[0]!, ids[1]!)).toBe(2);
    await client.xreadgroup("GROUP", "workers", "me", "STREAMS", "events", "0");
    expect(await figures.of("events")).toEqual({ sent: 4, received: 7, inFlight: 1 });
    await client.xreadgroup("GROUP", "workers", "me", "NOACK", "STREAMS", "events", ">");
    expect(await figures.of("events")).toEqual({ sent: 4, received: 8, inFlight: 1 });
    await client.xclaim("events", "workers", "other", 0, ids[2]!);
    await client.xautoclaim("events", "workers", "third", 0, "0");
    expect(await figures.of("events")).toEqual({ sent: 4, received: 10, inFlight: 1 });
    await client.xgroup("DELCONSUMER", "events", "workers", "third");
    expect(await figures.of("events")).toMatchObject({ inFlight: 0 });
    await client.xadd("events", "*", "n", "4");
    await client.xreadgroup("GROUP", "workers", "me", "STREAMS", "events", ">");
    expect(await figures.of("events")).toMatchObject({ inFlight: 1 });
    await client.del("events");
    expect(await figures.of("events")).toMatchObject({ inFlight: 0 });
  },
);

test("settled entries of an earlier process do not lower the number in flight", async () => {
  const client = connect();
  await client.xgroup("CREATE", "inherited", "workers", "0", "MKSTREAM");
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.push(String(await client.xadd("inherited", "*", "n", String(i))));
  instrumentation.disable();
  await client.xreadgroup("GROUP", "workers", "me", "COUNT", 2, "STREAMS", "inherited", ">");
  instrumentation.enable();
  await client.xreadgroup("GROUP", "workers", "me", "STREAMS", "inherited", "0");
  expect(await client.xack("inherited", "workers", ids[0]!, ids[1]!)).toBe(2);
  expect(await figures.of("inherited")).toEqual({ sent: 3 });
  await client.xreadgroup("GROUP", "workers", "me", "STREAMS", "inherited", ">");
  expect(await figures.of("inherited")).toMatchObject({ received: 1, inFlight: 1 });
  await client.xack("inherited", "workers", ids[2]!);
});

test("streams of other databases are others, and entries from before a restart stay in flight", async () => {
  const [client, tenant] = [connect(), connect({ db: 1 })];
  for (const each of [client, tenant]) {
    await each.xgroup("CREATE", "tenants", "workers", "0", "MKSTREAM");
    for (const id of ["1-0", "1-1"]) await each.xadd("tenants", id, "n", "1");
    await each.xreadgroup("GROUP", "workers", "me", "BLOCK", 1, "STREAMS", "tenants", ">");
  }
  expect(await figures.of("tenants")).toMatchObject({ inFlight: 4 });
  await tenant.xack("tenants", "workers", "1-0");
  expect(await figures.of("tenants")).toMatchObject({ inFlight: 3 });
  await tenant.multi().del("tenants").exec();
  expect(await figures.of("tenants")).toMatchObject({ inFlight: 2 });
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "messages.in_flight": 2 });
  await client.xack("tenants", "workers", "1-0", "1-1");
  await expectGauges({ "messages.in_flight": 0 });
});

test("pipelines and transactions count the executed commands", async () => {
  const client = connect();
  await client.pipeline().publish("piped", "1").set("x", "1").publish("piped", "2").exec();
  await client.multi().publish("piped", "3").rpush("piped:list", "1", "2").lpop("piped:list").exec();
  await client.watch("guarded");
  await connect().set("guarded", String(Math.random()));
  expect(await client.multi().publish("piped", "never").exec()).toBeNull();
  const automatic = connect({ enableAutoPipelining: true });
  await Promise.all([automatic.publish("piped", "4"), automatic.publish("piped", "5")]);
  expect(await figures.of("piped")).toEqual({ sent: 5 });
  expect(await figures.of("piped:list")).toEqual({ sent: 2, received: 1 });
});

test("a command that fails counts nothing, and fails as before", async () => {
  const client = connect();
  await client.set("text", "x");
  await expect(client.lpush("text", "1")).rejects.toThrow(/^WRONGTYPE/);
  expect(await figures.of("text")).toEqual({});
});

test("keys may be bytes or long, messages empty or of 100 MB", async () => {
  const client = connect();
  const binary = Buffer.from([0xff, 0x00, 0xfe]);
  await client.publish(binary, Buffer.alloc(0));
  await client.publish("x".repeat(600), "");
  await client.call("PuBlIsH", "spelt", "x");
  const large = Buffer.alloc(100 * 1024 * 1024, "x");
  await client.rpush("large", large);
  expect((await client.lpopBuffer("large"))?.length).toBe(large.length);
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
  const client = connect();
  claimNames("mine:");
  await client.rpush("mine:mail:wait", "1");
  await client.rpush("bull:mail:wait", "1");
  await client.publish("socket.io#/#", "1");
  await client.rpush("cache:pages", "1");
  await client.rpush("jobs:pages", "1");
  expect(await collecting.points("messages.sent")).toEqual([
    { attributes: { "messaging.system.name": "redis", "messaging.destination.name": "jobs" }, value: 1 },
  ]);
});

test("BullMQ's own clients are not counted", async () => {
  const bullmq: typeof import("bullmq") = require("bullmq");
  const connection = { host: "127.0.0.1", port: server().port };
  const queue = new bullmq.Queue("mail", { connection });
  const events = new bullmq.QueueEvents("mail", { connection });
  await events.waitUntilReady();
  const worker = new bullmq.Worker("mail", async () => "sent", { connection });
  try {
    const job = await queue.add("one", {});
    expect(await job.waitUntilFinished(events)).toBe("sent");
    expect(await collecting.points("messages.sent")).toEqual([]);
    expect(await collecting.points("messages.received")).toEqual([]);
  } finally {
    await Promise.all([worker.close(), events.close(), queue.close()]);
  }
});

test("messages published while Redis is unavailable are counted when they are sent, and the reconnect is counted", async () => {
  const [publisher, subscriber] = [connect({ maxRetriesPerRequest: null }), connect()];
  const seen: unknown[] = [];
  subscriber.on("message", (_channel, message) => seen.push(message));
  await subscriber.subscribe("outage");
  await publisher.publish("outage", "before");
  await vi.waitFor(() => expect(seen).toEqual(["before"]));
  await server().kill();
  await vi.waitFor(() => expect([publisher.status, subscriber.status]).not.toContain("ready"));
  const later = publisher.publish("outage", "after");
  expect(await figures.of("outage")).toEqual({ sent: 1, received: 1, processed: 1 });
  expect(await figures.reconnects()).toBeUndefined();
  await server().startAgain();
  await later;
  await vi.waitFor(() => expect(subscriber.status).toBe("ready"));
  await vi.waitFor(async () => {
    await publisher.publish("outage", "again");
    expect(seen).toContain("again");
  });
  expect(await figures.reconnects()).toBe(2);
  const { sent } = await figures.of("outage");
  expect(sent).toBeGreaterThanOrEqual(3);
});

test("messages over a cluster count once", async () => {
  const { port } = await startRedisCluster();
  const cluster = new ioredis.Cluster([{ host: "127.0.0.1", port }]);
  try {
    const seen: unknown[] = [];
    cluster.on("message", (_channel, message) => seen.push(message));
    await cluster.subscribe("news");
    const publisher = new ioredis.Cluster([{ host: "127.0.0.1", port }]);
    await publisher.publish("news", "x");
    await vi.waitFor(() => expect(seen).toEqual(["x"]));
    await publisher.rpush("work", "1", "2");
    await publisher.pipeline().rpush("work", "3").lpop("work").exec();
    publisher.disconnect();
    expect(await figures.of("news")).toEqual({ sent: 1, received: 1, processed: 1 });
    expect(await figures.of("work")).toEqual({ sent: 3, received: 1 });
  } finally {
    cluster.disconnect();
  }
});

test("a connection that the application closes and reopens is not a reconnect", async () => {
  const client = connect();
  await client.ping();
  client.disconnect();
  await vi.waitFor(() => expect(client.status).toBe("end"));
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
  const client = connect();
  expect(await client.publish("jobs", "1")).toBe(0);
  expect(await client.publish("jobs", "2")).toBe(0);
  expect(warnings).toEqual(["instrumentation ioredis: something could not be recorded; this is logged once"]);
});

test("disabling restores all methods and stops recording; enabling starts again", async () => {
  const client = connect();
  await client.publish("jobs", "1");
  expect([client.emit.name, client.emit.length]).toEqual(["emit", 1]);
  expect(client.listenerCount("message")).toBe(0);
  instrumentation.disable();
  expect([
    Reflect.get(ioredis.default.prototype, "emit"),
    Reflect.get(Command.prototype, "transformReply"),
  ]).toEqual(untouched);
  await client.publish("jobs", "2");
  expect(await figures.of("jobs")).toEqual({ sent: 1 });
  instrumentation.enable();
  await client.publish("jobs", "3");
  expect(await figures.of("jobs")).toEqual({ sent: 2 });
});
