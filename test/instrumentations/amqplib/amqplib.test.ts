import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";
import type { Channel, ChannelModel, ConsumeMessage, Options } from "amqplib";
import { Messaging } from "../../../src/facades/messaging/index.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { amqplib as instrumented } from "../../../instrumentations/amqplib/index.ts";
import { begin } from "../../../instrumentations/amqplib/instrumentation.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { startRabbitMq } from "../../servers/rabbitmq.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { sumOf } from "../histogram-figures.ts";
import { type DestinationFigures, MessageFigures } from "../message-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";
import { replacedMethods, shapeOf } from "./replaced-methods.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled, which is what an application's `import "amqplib"` amounts to.
const require = createRequire(import.meta.url);
const amqp: typeof import("amqplib") = require("amqplib");
const callbacks: typeof import("amqplib/callback_api") = require("amqplib/callback_api");
const originals = (instrumentation.disable(), replacedMethods());

const broker = serverOfFile("rabbitmq-server", startRabbitMq);
const collecting = measured(instrumentation);
let [models, queue]: [ChannelModel[], string] = [[], ""];

beforeEach(() => {
  instrumentation.setConfig({ messaging: new Messaging({ meterProvider: collecting.provider }) });
  [models, queue] = [[], `queue ${randomUUID()}`];
});

afterEach(async () => {
  await Promise.all(models.map((model) => model.close().catch(() => {})));
  diag.disable();
  vi.restoreAllMocks();
});

async function connect(): Promise<ChannelModel> {
  const model = await amqp.connect(broker().url);
  model.on("error", () => {});
  models.push(model);
  return model;
}

async function openChannel(): Promise<Channel> {
  const channel = await (await connect()).createChannel();
  channel.on("error", () => {});
  await channel.assertQueue(queue);
  return channel;
}

/** Consumes the test's queue; returns the messages received so far. */
async function consume(
  channel: Channel,
  handle: (message: ConsumeMessage) => unknown,
  options?: Options.Consume,
): Promise<readonly ConsumeMessage[]> {
  const messages: ConsumeMessage[] = [];
  const consumer = (message: ConsumeMessage | null): unknown => {
    if (message === null) return undefined;
    messages.push(message);
    return handle(message);
  };
  await channel.consume(queue, consumer, options);
  return messages;
}

function send(channel: Channel, count: number): void {
  for (let i = 0; i < count; i++) channel.sendToQueue(queue, Buffer.from(`job ${i}`));
}

function on(destination: string): Record<string, string> {
  return { "messaging.system.name": "rabbitmq", "messaging.destination.name": destination };
}

function counted(destination = queue): Promise<DestinationFigures> {
  return new MessageFigures(collecting, "rabbitmq").of(destination);
}

function failed(error: string): Promise<number | undefined> {
  return new MessageFigures(collecting, "rabbitmq").processed(queue, error);
}

test("messages to a queue are counted as sent, received and, once acknowledged, processed", async () => {
  const channel = await openChannel();
  const messages = await consume(channel, () => {});
  send(channel, 5);
  await vi.waitFor(() => expect(messages).toHaveLength(5));
  expect(await counted()).toEqual({ sent: 5, received: 5, inFlight: 5 });
  for (const message of messages) channel.ack(message);
  expect(await counted()).toEqual({ sent: 5, received: 5, processed: 5, inFlight: 0 });
});

test("the processing time runs from the delivery to the acknowledgement", async () => {
  const channel = await openChannel();
  const messages = await consume(channel, () => {});
  const start = performance.now();
  send(channel, 1);
  await vi.waitFor(() => expect(messages).toHaveLength(1));
  await new Promise((resolve) => setTimeout(resolve, 50));
  channel.ack(messages[0]!);
  const elapsed = (performance.now() - start) / 1000;
  const seconds = sumOf(await collecting.point("message.processing.duration", on(queue)));
  expect(seconds).toBeGreaterThan(0.045);
  expect(seconds).toBeLessThan(elapsed);
});

test("messages to an exchange are counted by exchange, with their routing keys only on request", async () => {
  const channel = await openChannel();
  await channel.assertExchange("orders", "topic");
  await channel.bindQueue(queue, "orders", "#");
  const messages = await consume(channel, (message) => channel.ack(message));
  channel.publish("orders", "paid.1", Buffer.from("1"));
  channel.publish("orders", "paid.2", Buffer.from("2"));
  await vi.waitFor(() => expect(messages).toHaveLength(2));
  expect(await counted("orders")).toEqual({ sent: 2 });
  expect(await counted()).toEqual({ received: 2, processed: 2, inFlight: 0 });
  const messaging = new Messaging({ meterProvider: collecting.provider });
  instrumentation.setConfig({ messaging, routingKeys: true });
  channel.publish("orders", "paid.1", Buffer.from("3"));
  expect(await counted("orders:paid.1")).toEqual({ sent: 1 });
});

test("a confirm channel's messages are counted once", async () => {
  const channel = await (await connect()).createConfirmChannel();
  await channel.assertQueue(queue);
  const confirmed = vi.fn<(error: unknown) => void>();
  channel.sendToQueue(queue, Buffer.from("1"), {}, confirmed);
  channel.publish("", queue, Buffer.from("2"), {}, confirmed);
  await channel.waitForConfirms();
  expect(confirmed.mock.calls).toEqual([[null], [null]]);
  expect(await counted()).toEqual({ sent: 2 });
});

test("channels with callbacks are counted in the same way", async () => {
  const done = new Promise<void>((resolve, reject) => {
    callbacks.connect(broker().url, (error: unknown, model) => {
      if (error !== null) return reject(new Error("no connection", { cause: error }));
      model.createChannel((_, channel) => {
        channel.assertQueue(queue, {}, () => {
          channel.sendToQueue(queue, Buffer.from("1"));
          channel.sendToQueue(queue, Buffer.from("2"));
          channel.get(queue, {}, (_error, first) => {
            if (first) channel.ack(first);
            channel.consume(queue, () => {
              channel.ackAll();
              model.close(() => resolve());
            });
          });
        });
      });
    });
  });
  await done;
  expect(await counted()).toEqual({ sent: 2, received: 2, processed: 2, inFlight: 0 });
});

test("a refused message is an error, and retried if it goes back to the queue", async () => {
  const channel = await openChannel();
  send(channel, 4);
  const [first, second] = [await channel.get(queue), await channel.get(queue)];
  const [third, fourth] = [await channel.get(queue), await channel.get(queue)];
  if (!first || !second || !third || !fourth) throw new Error("the queue is empty");
  expect(await counted()).toEqual({ sent: 4, received: 4, inFlight: 4 });
  channel.nack(first, false, false);
  channel.nack(second);
  channel.reject(third, false);
  channel.reject(fourth, true);
  expect(await counted()).toEqual({ sent: 4, received: 4, inFlight: 0, retried: 2 });
  expect([await failed("nack"), await failed("reject")]).toEqual([2, 2]);
});

test("messages are settled up to a tag, and all together", async () => {
  const channel = await openChannel();
  const messages = await consume(channel, () => {});
  send(channel, 40);
  await vi.waitFor(() => expect(messages).toHaveLength(40));
  channel.ack(messages[1]!);
  channel.ack(messages[9]!, true);
  expect(await counted()).toMatchObject({ processed: 10, inFlight: 30 });
  channel.nack(messages[19]!, true, false);
  expect(await counted()).toMatchObject({ processed: 10, inFlight: 20 });
  channel.ackAll();
  expect(await counted()).toEqual({ sent: 40, received: 40, processed: 30, inFlight: 0 });
  expect(await failed("nack")).toBe(10);
  send(channel, 3);
  await vi.waitFor(() => expect(messages).toHaveLength(43));
  channel.nackAll(false);
  expect(await counted()).toMatchObject({ received: 43, processed: 30, inFlight: 0 });
  expect(await failed("nack")).toBe(13);
});

test("a message that is acknowledged twice is counted once", async () => {
  const channel = await openChannel();
  const messages = await consume(channel, () => {});
  send(channel, 2);
  await vi.waitFor(() => expect(messages).toHaveLength(2));
  const closed = new Promise<void>((resolve) => void channel.once("close", resolve));
  channel.ack(messages[0]!);
  channel.ack(messages[0]!);
  expect(await counted()).toMatchObject({ processed: 1, inFlight: 1 });
  await closed;
  expect(await counted()).toMatchObject({ processed: 1, inFlight: 0 });
});

test("without acknowledgements, a message is processed when the consumer returns", async () => {
  const channel = await openChannel();
  const messages = await consume(channel, () => {}, { noAck: true });
  send(channel, 3);
  await vi.waitFor(() => expect(messages).toHaveLength(3));
  expect(await counted()).toEqual({ sent: 3, received: 3, processed: 3, inFlight: 0 });
  await channel.assertQueue("fetched");
  channel.sendToQueue("fetched", Buffer.from("x"));
  expect(await channel.get("fetched", { noAck: true })).toMatchObject({ fields: { routingKey: "fetched" } });
  expect(await channel.get("fetched")).toBe(false);
  expect(await counted("fetched")).toEqual({ sent: 1, received: 1, inFlight: 0 });
});

test.each([true, false])(
  "a consumer that throws (noAck: %s) fails, and ends its channel as before",
  async (noAck) => {
    const channel = await openChannel();
    const ended = new Promise<unknown>((resolve) => void channel.once("error", resolve));
    const closed = new Promise<void>((resolve) => void channel.once("close", resolve));
    const fail = (): never => {
      throw new RangeError("cannot work on this");
    };
    await consume(channel, fail, { noAck });
    send(channel, 1);
    expect(await ended).toMatchObject({ name: "RangeError", message: "cannot work on this" });
    await closed;
    expect(await failed("RangeError")).toBe(1);
    expect(await counted()).toEqual({ sent: 1, received: 1, inFlight: 0 });
  },
);

test("what an async consumer rejects with stays unhandled", async () => {
  const channel = await openChannel();
  const unhandled = new Promise<unknown>((resolve) => void process.once("unhandledRejection", resolve));
  const handlers = process.listeners("unhandledRejection").slice(0, -1);
  for (const handler of handlers) process.off("unhandledRejection", handler);
  const messages = await consume(channel, async () => Promise.reject(new RangeError("later")));
  send(channel, 1);
  expect(await unhandled).toEqual(new RangeError("later"));
  for (const handler of handlers) process.on("unhandledRejection", handler);
  channel.ack(messages[0]!);
  expect(await counted()).toMatchObject({ processed: 1, inFlight: 0 });
});

test("messages of 0 and of 100 MB, without headers, come through whole and count as one", async () => {
  const channel = await openChannel();
  for (const size of [0, 100_000_000]) {
    channel.sendToQueue(queue, Buffer.alloc(size));
    const message = await vi.waitUntil(async () => channel.get(queue));
    expect(message.content).toHaveLength(size);
    channel.ack(message);
  }
  expect(await counted()).toEqual({ sent: 2, received: 2, processed: 2, inFlight: 0 });
});

test("an invalid message throws as before, and is not counted", async () => {
  const channel = await openChannel();
  const text: Buffer = JSON.parse('"text"');
  expect(() => channel.sendToQueue(queue, text)).toThrow(TypeError);
  await channel.close();
  expect(() => channel.sendToQueue(queue, Buffer.from("late"))).toThrow("Channel closed");
  expect(await counted()).toEqual({});
});

test("names generated by the broker share one name", async () => {
  const channel = await openChannel();
  for (let i = 0; i < 2; i++) {
    const { queue: name } = await channel.assertQueue("", { exclusive: true });
    channel.sendToQueue(name, Buffer.from("x"));
    expect(await channel.get(name, { noAck: true })).not.toBe(false);
  }
  channel.sendToQueue("", Buffer.from("x"));
  channel.sendToQueue("amq.rabbitmq.reply-to.g1h2AA5yZXBseUA", Buffer.from("x"));
  expect(await counted("amq.gen-*")).toMatchObject({ sent: 2, received: 2 });
  expect(await counted("amq.default")).toEqual({ sent: 1 });
  expect(await counted("amq.rabbitmq.reply-to")).toEqual({ sent: 1 });
});

test("for an empty name, the broker takes the queue that the channel declared last", async () => {
  const channel = await openChannel();
  send(channel, 2);
  expect(await channel.get("")).not.toBe(false);
  await channel.consume("", (message) => message !== null && channel.ack(message));
  await vi.waitFor(async () =>
    expect(await counted()).toEqual({ sent: 2, received: 2, processed: 1, inFlight: 1 }),
  );
});

test("messages that a channel recovers are no longer in flight until they are delivered again", async () => {
  const channel = await openChannel();
  const messages = await consume(channel, (message) => message.fields.redelivered && channel.ack(message));
  send(channel, 2);
  await vi.waitFor(async () => expect(await counted()).toMatchObject({ received: 2, inFlight: 2 }));
  await channel.recover();
  await vi.waitFor(() => expect(messages).toHaveLength(4));
  expect(await counted()).toEqual({ sent: 2, received: 4, processed: 2, inFlight: 0 });
});

test("a cancelled consumer is notified, and its messages stay in flight until its channel closes", async () => {
  const channel = await openChannel();
  const told: unknown[] = [];
  await channel.consume(queue, (message) => told.push(message === null ? "cancelled" : "message"));
  const other = await channel.consume(queue, () => {});
  await channel.cancel(other.consumerTag);
  send(channel, 1);
  await vi.waitFor(() => expect(told).toEqual(["message"]));
  await channel.deleteQueue(queue);
  await vi.waitFor(() => expect(told).toEqual(["message", "cancelled"]));
  expect(await counted()).toMatchObject({ received: 1, inFlight: 1 });
  await channel.close();
  expect(await counted()).toMatchObject({ received: 1, inFlight: 0 });
});

test("a connection that replaces a lost one is a reconnect, and nothing stays in flight", async () => {
  const model = await connect();
  const reconnects = (): Promise<unknown> =>
    collecting.point("message.client.reconnects", { "messaging.system.name": "rabbitmq" });
  const channel = await model.createChannel();
  await channel.assertQueue(queue, { durable: true });
  const messages = await consume(channel, () => {});
  channel.sendToQueue(queue, Buffer.from("1"), { persistent: true });
  await vi.waitFor(() => expect(messages).toHaveLength(1));
  expect(await counted()).toMatchObject({ inFlight: 1 });
  const away = new Promise<void>((resolve) => void channel.once("close", resolve));
  await broker().kill();
  await away;
  expect(await counted()).toEqual({ sent: 1, received: 1, inFlight: 0 });
  expect(() => channel.sendToQueue(queue, Buffer.from("2"))).toThrow("closed");
  await broker().startAgain();
  const again = await (await connect()).createChannel();
  await again.assertQueue(queue, { durable: true });
  again.sendToQueue(queue, Buffer.from("2"), { persistent: true });
  const redelivered = await consume(again, (message) => again.ack(message));
  await vi.waitFor(() => expect(redelivered.length).toBeGreaterThan(0));
  expect(await reconnects()).toBe(1);
  expect(await counted()).toMatchObject({ sent: 2, inFlight: 0 });
});

test("a connection closed by the application is not a lost one", async () => {
  await (await connect()).close();
  await connect();
  expect(await collecting.points("message.client.reconnects")).toEqual([]);
});

test("the destination option names exchanges and queues, with the default name if it fails", async () => {
  const warnings = collectWarnings();
  instrumentation.setConfig({
    messaging: new Messaging({ meterProvider: collecting.provider }),
    destination: (given) => {
      if (given === queue) throw new Error("no name");
      return "all others";
    },
  });
  const channel = await openChannel();
  send(channel, 1);
  channel.sendToQueue("nowhere", Buffer.from("x"));
  expect(await counted()).toMatchObject({ sent: 1 });
  expect(await counted("all others")).toMatchObject({ sent: 1 });
  expect(warnings).toEqual([
    'instrumentation amqplib: option "destination" failed; the default name is used; this is logged once',
  ]);
});

test("disabling restores all methods and stops recording", async () => {
  const channel = await openChannel();
  expect(replacedMethods()).not.toEqual(originals);
  expect(replacedMethods().map(shapeOf)).toEqual(originals.map(shapeOf));
  instrumentation.disable();
  expect([replacedMethods(), send(channel, 1), await counted()]).toEqual([originals, undefined, {}]);
});

test("after a restart, consumers continue, and unsettled messages of open channels are in flight for an hour", async () => {
  const [channel, closed] = [await openChannel(), await openChannel()];
  send(channel, 3);
  await vi.waitFor(async () => expect(await closed.get(queue)).not.toBe(false));
  await channel.prefetch(2);
  const messages = await consume(channel, () => {});
  await vi.waitFor(() => expect(messages).toHaveLength(2));
  instrumentation.disable();
  await closed.close();
  channel.ack(messages[0]!);
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "messages.in_flight": 3 });
  channel.ack(messages[1]!);
  await expectGauges({ "messages.in_flight": 2 });
  vi.spyOn(performance, "now").mockReturnValue(performance.now() + 3_600_000);
  await expectGauges({ "messages.in_flight": 1 });
});
