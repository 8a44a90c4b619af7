import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";
import type { Server } from "socket.io";
import { io, type Socket as Client } from "socket.io-client";
import { Coordination } from "../../../src/facades/coordination/index.ts";
import { Messaging } from "../../../src/facades/messaging/index.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ioredis as instrumentedIoredis } from "../../../instrumentations/ioredis/index.ts";
import { begin as beginIoredis } from "../../../instrumentations/ioredis/instrumentation.ts";
import { redis as instrumentedRedis } from "../../../instrumentations/redis/index.ts";
import { begin as beginRedis } from "../../../instrumentations/redis/instrumentation.ts";
import { socketIoRedisAdapter as instrumentedSocketIoRedisAdapter } from "../../../instrumentations/socket-io-redis-adapter/index.ts";
import { begin as beginSocketIoRedisAdapter } from "../../../instrumentations/socket-io-redis-adapter/instrumentation.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { startRedis } from "../../servers/redis.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { addressOf } from "../../kit/address-of.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumentedSocketIoRedisAdapter, beginSocketIoRedisAdapter, {});
const clientInstrumentations = [
  instrumentationOf(instrumentedIoredis, beginIoredis, {}),
  instrumentationOf(instrumentedRedis, beginRedis, {}),
];
// Required after the instrumentations are enabled, which is what an application's `import` amounts to.
const require = createRequire(import.meta.url);
const socketIo: typeof import("socket.io") = require("socket.io");
const adapters: typeof import("@socket.io/redis-adapter") = require("@socket.io/redis-adapter");
const ioredis: typeof import("ioredis") = require("ioredis");
const redis: typeof import("redis") = require("redis");
instrumentation.disable();
for (const hook of clientInstrumentations) hook.disable();
const replaced = (): unknown[] => {
  const { prototype } = adapters.RedisAdapter;
  return Reflect.ownKeys(prototype).map((name) => Reflect.get(prototype, name));
};
const untouched = replaced();

const redisServer = serverOfFile("redis-server", startRedis);
let collecting: Collecting;
let closing: (() => unknown)[];

beforeEach((context) => {
  // Its peer dependency.
  if (beside("@socket.io/redis-adapter") !== beside("socket.io")) {
    context.skip("socket.io has a socket.io-adapter of its own, too old for @socket.io/redis-adapter");
  }
  collecting = collectingProvider();
  const meterProvider = collecting.provider;
  instrumentation.setConfig({ coordination: new Coordination({ meterProvider }) });
  instrumentation.enable();
  for (const hook of clientInstrumentations) {
    hook.setConfig({ messaging: new Messaging({ meterProvider }) });
    hook.enable();
  }
  closing = [];
});

afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.toReversed()) await close();
  instrumentation.disable();
  for (const hook of clientInstrumentations) hook.disable();
  diag.disable();
});

/** Returns the `socket.io-adapter` that a library resolves. */
function beside(library: string): string {
  return createRequire(require.resolve(library)).resolve("socket.io-adapter");
}

async function nodeRedisClient() {
  const client = redis.createClient({
    url: redisServer().url,
    RESP: 2,
    socket: { reconnectStrategy: () => 20 },
  });
  client.on("error", () => {});
  closing.push(() => client.close());
  return client.connect();
}

function ioredisClient() {
  const client = new ioredis.default({
    port: redisServer().port,
    retryStrategy: () => 20,
    // The start of a server takes longer than 20 tries.
    maxRetriesPerRequest: null,
  });
  client.on("error", () => {});
  // The adapter unsubscribes and does not await it.
  closing.push(() => client.quit());
  return client;
}

const kinds = {
  "on ioredis": async (key: string) => adapters.createAdapter(ioredisClient(), ioredisClient(), { key }),
  "on node-redis": async (key: string) =>
    adapters.createAdapter(await nodeRedisClient(), await nodeRedisClient(), { key }),
  sharded: async (key: string) =>
    adapters.createShardedAdapter(ioredisClient(), ioredisClient(), { channelPrefix: key }),
};

async function serve(kind: keyof typeof kinds, key = "socket.io"): Promise<{ server: Server; port: number }> {
  const http = createServer();
  const server = new socketIo.Server(http, { adapter: await kinds[kind](key) });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  closing.push(() => server.close());
  return { server, port: addressOf(http).port };
}

async function connect(port: number): Promise<Client> {
  const client = io(`http://127.0.0.1:${port}`, { transports: ["websocket"], forceNew: true });
  closing.push(() => client.disconnect());
  await new Promise<void>((resolve) => void client.once("connect", resolve));
  return client;
}

/** Returns two servers that are connected with each other. */
async function pair(kind: keyof typeof kinds, key?: string) {
  const [first, second] = [await serve(kind, key), await serve(kind, key)];
  await vi.waitFor(async () => expect(await first.server.of("/").adapter.serverCount()).toBe(2));
  return { first, second };
}

async function messages(): Promise<Record<string, unknown>> {
  const points = await collecting.points("coordination.messages");
  return Object.fromEntries(
    points.map(({ attributes, value }) => [attributes["coordination.message.type"], value]),
  );
}

async function latencies(): Promise<readonly unknown[]> {
  const points = await collecting.points("coordination.message.latency");
  return points.map(({ attributes, value }) => [
    attributes["coordination.message.type"],
    typeof value === "object" && value !== null && "count" in value && value.count,
  ]);
}

test.each(["on ioredis", "on node-redis"] as const)(
  "adapters %s count messages to other servers, and the time until all have responded",
  async (kind) => {
    const { first, second } = await pair(kind, "mine");
    const client = await connect(second.port);
    const seen: unknown[] = [];
    client.on("news", (text) => seen.push(text));
    first.server.emit("news", "everywhere");
    first.server.local.emit("news", "here");
    await vi.waitFor(() => expect(seen).toEqual(["everywhere"]));
    expect(await first.server.fetchSockets()).toHaveLength(1);
    expect(await first.server.local.fetchSockets()).toHaveLength(0);
    first.server.socketsJoin("room");
    first.server.socketsLeave("room");
    second.server.on("hello", (answer: (text: string) => void) => answer("there"));
    expect(await first.server.serverSideEmitWithAck("hello")).toEqual(["there"]);
    first.server.serverSideEmit("bye");
    await vi.waitFor(async () =>
      expect(await messages()).toEqual({
        broadcast: 1,
        fetch_sockets: 1,
        response: 1,
        sockets_join: 1,
        sockets_leave: 1,
        server_side_emit: 2,
      }),
    );
    expect(await latencies()).toEqual([
      ["fetch_sockets", 1],
      ["server_side_emit", 1],
    ]);
    first.server.disconnectSockets();
    await vi.waitFor(() => expect(client.connected).toBe(false));
    expect(await messages()).toMatchObject({ disconnect_sockets: 1 });
    // The instrumentations of the Redis clients count none of it either.
    expect(await collecting.points("messages.sent")).toEqual([]);
    expect(await collecting.points("messages.received")).toEqual([]);
  },
);

test("sharded adapters count messages to other servers", async () => {
  const { first, second } = await pair("sharded", "shards");
  const client = await connect(second.port);
  const seen: unknown[] = [];
  client.on("news", (text) => seen.push(text));
  first.server.emit("news", "everywhere");
  await vi.waitFor(() => expect(seen).toEqual(["everywhere"]));
  expect(await first.server.fetchSockets()).toHaveLength(1);
  expect(await messages()).toEqual({ broadcast: 1, fetch_sockets: 1, fetch_sockets_response: 1 });
  expect(await collecting.points("messages.sent")).toEqual([]);
  expect(await collecting.points("messages.received")).toEqual([]);
});

test("a single server sends no messages", async () => {
  const { server } = await serve("on ioredis", "alone");
  await vi.waitFor(async () => expect(await server.of("/").adapter.serverCount()).toBe(1));
  expect(await server.fetchSockets()).toEqual([]);
  expect(await messages()).toEqual({});
});

test.each(["on ioredis", "on node-redis", "sharded"] as const)(
  "the active nodes are the servers known to the adapter %s, queried every five seconds",
  async (kind) => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { second } = await pair(kind, `nodes of ${kind}`);
    await vi.waitFor(async () => {
      vi.advanceTimersByTime(5_000);
      expect(await collecting.point("coordination.active_nodes")).toBe(2);
    });
    await second.server.close();
    await vi.waitFor(async () => {
      vi.advanceTimersByTime(5_000);
      expect(await collecting.point("coordination.active_nodes")).toBe(1);
    });
    instrumentation.disable();
    expect(await collecting.point("coordination.active_nodes")).toBe(0);
  },
);

test("with several adapters, the largest count of servers is recorded", async () => {
  const { first, second } = await pair("on ioredis", "many");
  const { server: alone } = await serve("on ioredis", "few");
  // Zero until Redis has taken its subscription.
  await vi.waitFor(async () => expect(await alone.of("/").adapter.serverCount()).toBe(1));
  expect(await collecting.point("coordination.active_nodes")).toBe(2);
  await first.server.close();
  await vi.waitFor(async () => expect(await second.server.of("/").adapter.serverCount()).toBe(1));
  expect(await alone.of("/").adapter.serverCount()).toBe(1);
  expect(await collecting.point("coordination.active_nodes")).toBe(1);
});

test("the nodes of an adapter that does not respond are removed after a while, though another one responds", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  instrumentation.disable();
  const meterProvider = collecting.provider;
  instrumentation.setConfig({ coordination: new Coordination({ meterProvider, nodeTimeout: 1 }) });
  instrumentation.enable();
  const { first, second } = await pair("on ioredis", "silent");
  await serve("on ioredis", "other");
  await vi.waitFor(async () => {
    vi.advanceTimersByTime(5_000);
    expect(await collecting.point("coordination.active_nodes")).toBe(2);
  });
  for (const { server } of [first, second])
    vi.spyOn(server.of("/").adapter, "serverCount").mockRejectedValue(new Error("no response"));
  await vi.waitFor(async () => {
    vi.advanceTimersByTime(5_000);
    expect(await collecting.point("coordination.active_nodes")).toBe(1);
  });
});

test("while Redis is unavailable broadcasts reach local clients, and count; afterwards remote ones again", async () => {
  const { first, second } = await pair("on ioredis", "outage");
  const [near, far] = [await connect(first.port), await connect(second.port)];
  const seen: unknown[] = [];
  near.on("news", (text) => seen.push(`near ${text}`));
  far.on("news", (text) => seen.push(`far ${text}`));
  await redisServer().kill();
  first.server.emit("news", "1");
  await vi.waitFor(() => expect(seen).toEqual(["near 1"]));
  await redisServer().startAgain();
  await vi.waitFor(async () => expect(await first.server.of("/").adapter.serverCount()).toBe(2));
  first.server.emit("news", "2");
  await vi.waitFor(() => expect(seen).toContain("far 2"));
  expect(await messages()).toEqual({ broadcast: 2 });
});

test("disabling restores all methods and stops recording; enabling starts again", async () => {
  const { first } = await pair("on ioredis", "switched");
  first.server.emit("1");
  instrumentation.disable();
  expect(replaced()).toEqual(untouched);
  expect(Object.hasOwn(adapters.RedisAdapter.prototype, "init")).toBe(false);
  first.server.emit("2");
  expect(await messages()).toEqual({ broadcast: 1 });
  instrumentation.enable();
  first.server.emit("3");
  expect(await messages()).toEqual({ broadcast: 2 });
});

test("after a restart, the servers are asked at once", async () => {
  const { second } = await pair("on ioredis", "restarted");
  const expectGauges = restarted(
    instrumentation,
    instrumentedSocketIoRedisAdapter,
    beginSocketIoRedisAdapter,
    {},
  );
  await expectGauges({ "coordination.active_nodes": 2 });
  await second.server.close();
});
