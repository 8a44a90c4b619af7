import { createRequire } from "node:module";
import { connect, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Consumer, ISocketFactory } from "kafkajs";
import { Messaging } from "../../../src/facades/messaging/index.ts";
import { expect, test, vi } from "vitest";
import {
  client,
  collecting,
  connectedProducer,
  coordination,
  counted,
  instrumentation,
  kafka,
  lag,
  measureKafka,
  on,
  runningConsumer,
} from "./measured-kafka.ts";
import { kafkaJs as instrumented } from "../../../instrumentations/kafkajs/index.ts";
import { begin } from "../../../instrumentations/kafkajs/instrumentation.ts";
import { MessageFigures } from "../message-figures.ts";
import { restarted } from "../restarted.ts";

const require = createRequire(import.meta.url);
const inner = (path: string): { prototype: object } =>
  require(join(dirname(require.resolve("kafkajs")), "src", path));
const replaced = [
  [inner("broker/index.js").prototype, "produce"],
  [inner("network/connection.js").prototype, "connect"],
  [inner("network/connection.js").prototype, "disconnect"],
  [inner("network/connection.js").prototype, "rejectRequests"],
  [inner("instrumentation/emitter.js").prototype, "emit"],
  [inner("consumer/runner.js").prototype, "processEachMessage"],
  [inner("consumer/runner.js").prototype, "processEachBatch"],
] as const;
const originals = (instrumentation.disable(), methods());

function methods(): readonly unknown[] {
  return replaced.map(([prototype, name]): unknown => Reflect.get(prototype, name));
}

measureKafka();

function messages(count: number): { value: string }[] {
  return Array.from({ length: count }, (_, i) => ({ value: `job ${i}` }));
}

test("messages are counted as sent, received and processed, and as waiting until then", async () => {
  const producer = await connectedProducer();
  await producer.send({ topic: "jobs", messages: messages(3) });
  await producer.sendBatch({ topicMessages: [{ topic: "jobs", messages: messages(2) }] });
  const seen: string[] = [];
  let goOn = (): void => {};
  const waiting = new Promise<void>((resolve) => (goOn = resolve));
  await runningConsumer("jobs", {
    eachMessage: async ({ message }) => {
      await waiting;
      seen.push(String(message.value));
    },
  });
  await vi.waitFor(async () => expect(await lag("jobs")).toBeGreaterThan(0), 10_000);
  goOn();
  await vi.waitFor(() => expect(seen).toHaveLength(5), 10_000);
  await vi.waitFor(async () => expect(await lag("jobs")).toBe(0), 10_000);
  expect(await counted("jobs")).toEqual({ sent: 5, received: 5, processed: 5 });
  expect(await new MessageFigures(collecting, "kafka").operations("jobs")).toEqual([
    expect.stringMatching(/^send send \S+ [2-5]$/),
  ]);
});

test("a group's member, its leader and its heartbeats are recorded as coordination", async () => {
  const members: string[] = [];
  const consumer = await runningConsumer("led", { eachMessage: async () => {} }, "led", (member) => {
    members.push(member);
  });
  const joined = { "coordination.message.type": "join" };
  expect(members).toEqual([coordination.leader]);
  expect(coordination.activeNodes).toBe(1);
  expect(await collecting.point("coordination.leader.changes")).toBe(1);
  expect(await collecting.point("coordination.messages", joined)).toBe(1);
  expect(await collecting.point("coordination.message.latency", joined)).toMatchObject({ count: 1 });
  const heartbeat = { "coordination.message.type": "heartbeat" };
  await vi.waitFor(async () =>
    expect(await collecting.point("coordination.messages", heartbeat)).toBeGreaterThan(0),
  );
  await consumer.disconnect();
  expect(coordination.activeNodes).toBe(0);
  expect(await lag("led")).toBeUndefined();
});

// A second member that joins more than three seconds later, on a busy machine, causes another rebalance.
const TOGETHER = { retry: 3 };

test(
  "members of one group are nodes with one leader; one that leaves makes the others rebalance",
  TOGETHER,
  async () => {
    const run = (): Promise<Consumer> =>
      runningConsumer("shared", { eachMessage: async () => {} }, "workers");
    const [, second] = await Promise.all([run(), run()]);
    await vi.waitFor(() => expect(coordination.activeNodes).toBe(2));
    expect(await collecting.point("coordination.leader.changes")).toBe(1);
    expect(await collecting.points("coordination.rebalances")).toEqual([]);
    await second.disconnect();
    const group = { "messaging.consumer.group.name": "workers" };
    await vi.waitFor(async () => expect(await collecting.point("coordination.rebalances", group)).toBe(1));
    expect(coordination.activeNodes).toBe(1);
  },
);

test("clients and consumers lost by a dead broker count as reconnected once it is back", async () => {
  const producer = await connectedProducer();
  await producer.send({ topic: "lost", messages: messages(1) });
  const reconnects = async (): Promise<number> =>
    Number((await collecting.point("message.client.reconnects", { "messaging.system.name": "kafka" })) ?? 0);
  // Occasionally the mock closes a connection by itself.
  const before = await reconnects();
  await kafka!.kill();
  const sent = producer.send({ topic: "kept", messages: messages(2) });
  await vi.waitFor(async () => expect(await counted("lost")).toEqual({ sent: 1 }));
  await kafka!.startAgain();
  await sent;
  expect(await counted("kept")).toEqual({ sent: 2 });
  expect(await reconnects()).toBeGreaterThan(before);
});

// Occasionally the mock closes a connection by itself.
test("a client that is disconnected while it connects has lost no connection", { retry: 3 }, async () => {
  const sockets: Socket[] = [];
  const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = connect({ host, port }, onConnect);
    sockets.push(socket);
    return socket;
  };
  const producer = client({ socketFactory }).producer();
  const connecting = producer.connect();
  await vi.waitFor(() => expect(sockets).toHaveLength(1), { interval: 0 });
  await producer.disconnect();
  // The client retries by itself.
  await connecting;
  await vi.waitFor(() => expect(sockets[0]!.closed).toBe(true));
  await producer.disconnect();
  await connectedProducer();
  expect(await collecting.points("message.client.reconnects")).toEqual([]);
});

test("messages of 0 and of 100 MB, without value, key or headers, count as one each", async () => {
  const producer = await connectedProducer();
  await producer.send({ topic: "sizes", messages: [{ value: null }, { value: "" }] });
  await producer.send({ topic: "sizes", messages: [{ value: Buffer.alloc(100_000_000) }] });
  expect(await counted("sizes")).toEqual({ sent: 3 });
});

test("messages refused by the producer reject as before, and are not counted", async () => {
  const producer = client().producer();
  await expect(producer.send({ topic: "jobs", messages: messages(1) })).rejects.toThrow(
    "The producer is disconnected",
  );
  const connected = await connectedProducer();
  await expect(connected.send({ topic: "", messages: [] })).rejects.toThrow("Invalid topic");
  const broken: { value: string }[] = JSON.parse('[{"key":"no value"}]');
  await expect(connected.send({ topic: "jobs", messages: broken })).rejects.toThrow("without value");
  expect(await collecting.points("messages.sent")).toEqual([]);
});

test("the destination option names topics", async () => {
  instrumentation.setConfig({
    messaging: new Messaging({ meterProvider: collecting.provider }),
    destination: (topic) => topic.split("-")[0] ?? "",
  });
  const producer = await connectedProducer();
  const topicMessages = ["tenants-1", "tenants-2"].map((topic) => ({ topic, messages: messages(2) }));
  await producer.sendBatch({ topicMessages });
  expect(await counted("tenants")).toEqual({ sent: 4 });
});

test("disabling restores all methods and stops recording; enabling starts again", async () => {
  const producer = await connectedProducer();
  await producer.send({ topic: "jobs", messages: messages(1) });
  expect(methods()).not.toEqual(originals);
  expect(methods().map(shapeOf)).toEqual(originals.map(shapeOf));
  instrumentation.disable();
  expect(methods()).toEqual(originals);
  await producer.send({ topic: "jobs", messages: messages(1) });
  expect(await collecting.point("messages.sent", on("jobs"))).toBe(1);
  instrumentation.enable();
  await producer.send({ topic: "jobs", messages: messages(1) });
  expect(await collecting.point("messages.sent", on("jobs"))).toBe(2);
});

function shapeOf(method: unknown): unknown {
  return typeof method === "function" ? [method.name, method.length] : undefined;
}

test("after a restart, lags and members of living consumers are still there", async () => {
  const producer = await connectedProducer();
  await producer.send({ topic: "restarted", messages: messages(5) });
  const handler = { isWaiting: true };
  await runningConsumer("restarted", {
    eachMessage: async (payload) => {
      do {
        await payload.heartbeat();
        await setImmediate();
      } while (handler.isWaiting);
    },
  });
  try {
    await vi.waitFor(async () => expect(await lag("restarted")).toBeGreaterThan(0), 10_000);
    const before = await lag("restarted");
    const expectGauges = restarted(instrumentation, instrumented, begin, {});
    await expectGauges({ "message.queue.size": before, "coordination.active_nodes": 1 });
    handler.isWaiting = false;
    await expectGauges({ "message.queue.size": 0, "coordination.active_nodes": 1 });
  } finally {
    handler.isWaiting = false;
  }
});
