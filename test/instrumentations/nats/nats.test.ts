import { createRequire } from "node:module";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { Messaging } from "../../../src/facades/messaging/index.ts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { nats as instrumented } from "../../../instrumentations/nats/index.ts";
import { begin } from "../../../instrumentations/nats/instrumentation.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { startNats } from "../../servers/nats.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { MessageFigures } from "../message-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const core: typeof import("@nats-io/transport-node") = require("@nats-io/transport-node");
const legacy: typeof import("nats") = require("nats");
const jetstream: typeof import("@nats-io/jetstream") = require("@nats-io/jetstream");
instrumentation.disable();
const installed = join(import.meta.dirname, "../../../node_modules");
const replaced = (): unknown[] =>
  ["@nats-io/nats-core/lib", "nats/lib/nats-base-client"].flatMap((folder) => {
    const { ProtocolHandler } = require(join(installed, folder, "protocol.js"));
    const { QueuedIteratorImpl } = require(join(installed, folder, "queued_iterator.js"));
    const { publish, processMsg, subscribe, dispatchStatus } = ProtocolHandler.prototype;
    return [
      publish,
      processMsg,
      subscribe,
      dispatchStatus,
      QueuedIteratorImpl.prototype[Symbol.asyncIterator],
    ];
  });
const untouched = replaced();

const server = serverOfFile("nats-server", startNats);
const collecting = measured(instrumentation);
const figures = new MessageFigures(collecting, "nats");
let connections: { close(): Promise<void> }[];

beforeEach(() => {
  instrumentation.setConfig({ messaging: new Messaging({ meterProvider: collecting.provider }) });
  connections = [];
});

afterEach(async () => {
  await Promise.all(connections.map((connection) => connection.close()));
  diag.disable();
});

// Older clients only send bytes.
function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const options = { maxReconnectAttempts: -1, reconnectTimeWait: 20 };

async function connect(inboxPrefix?: string): Promise<import("@nats-io/transport-node").NatsConnection> {
  const connection = await core.connect({
    servers: server().url,
    ...options,
    ...(inboxPrefix !== undefined && { inboxPrefix }),
  });
  connections.push(connection);
  return connection;
}

async function connectLegacy(): Promise<import("nats").NatsConnection> {
  const connection = await legacy.connect({ servers: server().url, ...options });
  connections.push(connection);
  return connection;
}

describe.each([
  ["@nats-io/transport-node", connect, [4, 3, 2, 1]],
  // It also counts the message that is being processed.
  ["nats", connectLegacy, [5, 4, 3, 2]],
])("the client of %s", (_, connectClient, waiting) => {
  test("counts messages once as sent, delivered and processed by a callback", async () => {
    const connection = await connectClient();
    const seen: unknown[] = [];
    connection.subscribe("jobs.>", { callback: (_error, message) => void seen.push(message.subject) });
    for (let i = 0; i < 5; i++) connection.publish(`jobs.${i}.start`, bytes(`job ${i}`));
    await vi.waitFor(() => expect(seen).toHaveLength(5));
    expect(seen[4]).toBe("jobs.4.start");
    expect(await figures.of("jobs.*.start")).toEqual({ sent: 5, received: 5, processed: 5 });
    expect(await figures.queueSize()).toBe(0);
  });

  test("counts the processing in a loop from one message to the next, and waiting messages", async () => {
    const connection = await connectClient();
    const subscription = connection.subscribe("jobs");
    for (let i = 0; i < 5; i++) connection.publish("jobs", bytes(String(i)));
    await connection.flush();
    await vi.waitFor(async () => expect(await figures.queueSize()).toBe(5));
    const waits: unknown[] = [];
    for await (const message of subscription) {
      const text = Buffer.from(message.data).toString();
      waits.push(await figures.queueSize());
      if (text === "0") await new Promise((resolve) => setTimeout(resolve, 30));
      if (text === "3") break;
    }
    expect(waits).toEqual(waiting);
    expect(await figures.of("jobs")).toEqual({ sent: 5, received: 5, processed: 4 });
    expect(await figures.processingSeconds("jobs")).toBeGreaterThan(0.025);
    expect(await figures.queueSize()).toBe(0);
  });

  test("counts a request and not its reply", async () => {
    const connection = await connectClient();
    connection.subscribe("sums", { callback: (_error, message) => void message.respond(bytes("3")) });
    const reply = await connection.request("sums", bytes("1 + 2"));
    expect(Buffer.from(reply.data).toString()).toBe("3");
    expect(await figures.of("sums")).toEqual({ sent: 1, received: 1, processed: 1 });
    expect((await collecting.points("messages.sent")).map(({ value }) => value)).toEqual([1]);
    expect((await collecting.points("messages.received")).map(({ value }) => value)).toEqual([1]);
  });

  test("replies do not count as waiting, even after the connection has ended", async () => {
    const connection = await connectClient();
    connection.subscribe("asked", { callback: (_error, message) => void message.respond() });
    await connection.request("asked");
    await connection.close();
    expect(await collecting.point("message.queue.size", { "messaging.system.name": "nats" })).toBe(0);
  });

  test("refuses a message without a subject or above the maximum size, and counts an empty one", async () => {
    const connection = await connectClient();
    const seen: unknown[] = [];
    connection.subscribe("jobs", { callback: (_error, message) => void seen.push(message.data.length) });
    expect(() => connection.publish("")).toThrow(/subject/i);
    expect(() => connection.publish("jobs", Buffer.alloc(100 * 1024 * 1024))).toThrow(/payload/i);
    connection.publish("jobs");
    await vi.waitFor(() => expect(seen).toEqual([0]));
    expect(await figures.of("jobs")).toEqual({ sent: 1, received: 1, processed: 1 });
  });

  test("counts a subject of any characters under its own name", async () => {
    const connection = await connectClient();
    const seen: unknown[] = [];
    const subject = "größe.\u0001\u{1f4e6}";
    connection.subscribe(subject, { callback: (_error, message) => void seen.push(message.subject) });
    connection.publish(subject);
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    expect(await figures.of(subject)).toEqual({ sent: 1, received: 1, processed: 1 });
  });

  test("counts messages sent after an outage, and the reconnect", async () => {
    const connection = await connectClient();
    const seen: unknown[] = [];
    connection.subscribe("outage", {
      callback: (_error, message) => void seen.push(Buffer.from(message.data).toString()),
    });
    connection.publish("outage", bytes("before"));
    await vi.waitFor(() => expect(seen).toEqual(["before"]));
    await server().kill();
    expect(await figures.reconnects()).toBeUndefined();
    await server().startAgain();
    await vi.waitFor(async () => expect(await figures.reconnects()).toBe(1));
    connection.publish("outage", bytes("after"));
    await vi.waitFor(() => expect(seen).toEqual(["before", "after"]));
    expect(await figures.of("outage")).toEqual({ sent: 2, received: 2, processed: 2 });
  });
});

test("a callback that throws is recorded as a processing error, and throws as before", async () => {
  const connection = await connect();
  const logged = vi.spyOn(console, "log").mockImplementation(() => {});
  connection.subscribe("jobs", {
    callback: () => {
      throw new RangeError("cannot work on this");
    },
  });
  connection.publish("jobs");
  // The client's own reaction.
  await vi.waitFor(() =>
    expect(logged.mock.calls).toEqual([["reader closed", new RangeError("cannot work on this")]]),
  );
  logged.mockRestore();
  expect(await figures.of("jobs")).toEqual({ sent: 1, received: 1 });
  expect(await figures.processed("jobs", "RangeError")).toBe(1);
});

test("JetStream's messages count under their subject; its own calls and acknowledgements do not", async () => {
  const connection = await connect("replies");
  const manager = await jetstream.jetstreamManager(connection);
  await manager.streams.add({ name: "orders", subjects: ["orders.>"], storage: "memory" });
  await manager.consumers.add("orders", { durable_name: "worker", ack_policy: "explicit" });
  const stream = jetstream.jetstream(connection);
  for (let i = 0; i < 3; i++) await stream.publish("orders.new", String(i));
  const consumer = await stream.consumers.get("orders", "worker");
  let count = 0;
  for await (const message of await consumer.consume({ max_messages: 10 })) {
    message.ack();
    if (++count === 3) break;
  }
  await connection.flush();
  await manager.streams.delete("orders");
  expect(await figures.of("orders.new")).toEqual({ sent: 3, received: 3, processed: 3 });
  expect(await collecting.points("messages.sent")).toHaveLength(1);
  expect(await collecting.points("messages.received")).toHaveLength(1);
});

test("the destination option names subjects, with the default name if it fails", async () => {
  const warnings = collectWarnings();
  instrumentation.setConfig({
    messaging: new Messaging({ meterProvider: collecting.provider }),
    destination: (subject) => {
      if (subject.startsWith("bad")) throw new Error("no name");
      return subject.split(".")[0] ?? "";
    },
  });
  const connection = await connect();
  connection.publish("jobs.x");
  connection.publish("jobs.y");
  connection.publish("bad.12");
  expect(await figures.of("jobs")).toEqual({ sent: 2 });
  expect(await figures.of("bad.*")).toEqual({ sent: 1 });
  expect(warnings).toEqual([
    'instrumentation nats: option "destination" failed; the default name is used; this is logged once',
  ]);
});

test("disabling restores all methods and stops recording; enabling starts again", async () => {
  const connection = await connect();
  const subscription = connection.subscribe("jobs");
  connection.publish("jobs");
  const loop = subscription[Symbol.asyncIterator]();
  await loop.next();
  instrumentation.disable();
  expect(replaced()).toEqual(untouched);
  connection.publish("jobs");
  await loop.next();
  expect(await figures.of("jobs")).toEqual({ sent: 1, received: 1, processed: 1 });
  instrumentation.enable();
  connection.publish("jobs");
  expect(await figures.of("jobs")).toMatchObject({ sent: 2 });
});

test("enabled again, it continues with the existing loops and their waiting messages", async () => {
  const connection = await connect();
  const subscription = connection.subscribe("jobs");
  const loop = subscription[Symbol.asyncIterator]();
  connection.publish("jobs");
  await loop.next();
  instrumentation.disable();
  instrumentation.enable();
  const before = await figures.of("jobs");
  for (let i = 0; i < 3; i++) connection.publish("jobs");
  await connection.flush();
  await loop.next();
  await loop.next();
  const { sent = 0, received = 0, processed = 0 } = await figures.of("jobs");
  // The first of the two completed the earlier message, which was received while it was enabled.
  expect([sent, received, processed]).toEqual([
    (before.sent ?? 0) + 3,
    (before.received ?? 0) + 3,
    (before.processed ?? 0) + 2,
  ]);
  expect(await collecting.point("message.queue.size", { "messaging.system.name": "nats" })).toBe(1);
});

test("after a restart, messages still wait for their loop", async () => {
  const size = (): Promise<unknown> =>
    collecting.point("message.queue.size", { "messaging.system.name": "nats" });
  const connection = await connect();
  const others = Number((await size()) ?? 0);
  const subscription = connection.subscribe("waiting");
  for (let i = 0; i < 2; i++) connection.publish("waiting");
  await connection.flush();
  expect(await size()).toBe(others + 2);
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "message.queue.size": others + 2 });
  await subscription[Symbol.asyncIterator]().next();
  await expectGauges({ "message.queue.size": others + 1 });
});
