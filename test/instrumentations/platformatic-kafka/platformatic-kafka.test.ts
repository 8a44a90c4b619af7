import { channel, tracingChannel } from "node:diagnostics_channel";
import { Consumer, type ConsumeOptions, type Message, Producer } from "@platformatic/kafka";
import { Coordination } from "../../../src/facades/coordination/index.ts";
import { Messaging } from "../../../src/facades/messaging/index.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { platformaticKafka as instrumented } from "../../../instrumentations/platformatic-kafka/index.ts";
import { begin } from "../../../instrumentations/platformatic-kafka/instrumentation.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { type SmallKafka, startSmallKafka } from "../../servers/small-kafka.ts";
import { countOf } from "../histogram-figures.ts";
import { type DestinationFigures, MessageFigures } from "../message-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, { enabled: false });
let kafka: SmallKafka | undefined;
let collecting: Collecting;
let coordination: Coordination;
let closings: (() => Promise<void>)[];
let topic: string;
let topics = 0;

type Stream = Awaited<ReturnType<Consumer["consume"]>>;

beforeEach(async () => {
  kafka ??= await startSmallKafka("file");
  collecting = collectingProvider();
  const meterProvider = collecting.provider;
  coordination = new Coordination({ meterProvider });
  instrumentation.setConfig({ messaging: new Messaging({ meterProvider }), coordination });
  instrumentation.setMeterProvider(meterProvider);
  instrumentation.enable();
  closings = [];
  topic = `topic-${topics++}`;
});

afterEach(async () => {
  for (const close of closings.toReversed()) await close().catch(() => {});
  instrumentation.disable();
});

function connection(): { clientId: string; bootstrapBrokers: string[]; retryDelay: number; retries: number } {
  return { clientId: "test", bootstrapBrokers: [kafka!.broker], retryDelay: 50, retries: 50 };
}

function openProducer(options: { bootstrapBrokers?: string[]; retries?: number } = {}): Producer {
  const producer = new Producer({ ...connection(), autocreateTopics: true, ...options });
  producer.on("error", () => {});
  closings.push(async () => producer.close());
  return producer;
}

async function send(producer: Producer, count: number): Promise<void> {
  const value = Buffer.from("job");
  await producer.send({ messages: Array.from({ length: count }, () => ({ topic, value })) });
}

function openConsumer(): Consumer {
  const consumer = new Consumer({
    ...connection(),
    groupId: `group-of-${topic}`,
    heartbeatInterval: 20,
    maxWaitTime: 20,
  });
  consumer.on("error", () => {});
  closings.push(async () => consumer.close(true));
  return consumer;
}

async function consume(
  consumer: Consumer,
  options: Partial<ConsumeOptions<Buffer, Buffer, Buffer, Buffer>> = {},
): Promise<Stream> {
  const stream = await consumer.consume({ topics: [topic], mode: "earliest", autocommit: true, ...options });
  stream.on("error", () => {});
  return stream;
}

async function take(stream: Stream, count: number): Promise<readonly Message[]> {
  const messages: Message[] = [];
  stream.on("data", (message) => messages.push(message));
  await vi.waitFor(() => expect(messages).toHaveLength(count));
  return messages;
}

function on(name = topic): Record<string, string> {
  return { "messaging.system.name": "kafka", "messaging.destination.name": name };
}

function counted(name = topic): Promise<DestinationFigures> {
  return new MessageFigures(collecting, "kafka").of(name);
}

function lag(): Promise<unknown> {
  return collecting.point("message.queue.size", on());
}

test("messages are counted as sent, received and waiting", async () => {
  const producer = openProducer();
  await send(producer, 3);
  const stream = await consume(openConsumer());
  await take(stream, 3);
  expect(await counted()).toEqual({ sent: 3, received: 3 });
  await vi.waitFor(async () => expect(await lag()).toBe(0));
});

test("messages committed by the application are in flight until then, and then processed", async () => {
  await send(openProducer(), 4);
  const stream = await consume(openConsumer(), { autocommit: false });
  const messages = await take(stream, 4);
  expect(await counted()).toEqual({ sent: 4, received: 4, inFlight: 4 });
  await messages[0]!.commit();
  expect(await counted()).toMatchObject({ processed: 1, inFlight: 3 });
  await messages[2]!.commit();
  expect(await counted()).toEqual({ sent: 4, received: 4, processed: 3, inFlight: 1 });
});

test("a group's member, its leader and its heartbeats are recorded as coordination; a repeated join is a rebalance", async () => {
  const consumer = openConsumer();
  await send(openProducer(), 1);
  const stream = await consume(consumer, { autocommit: false });
  await take(stream, 1);
  const joined = { "coordination.message.type": "join" };
  const heartbeat = { "coordination.message.type": "heartbeat" };
  const group = { "messaging.consumer.group.name": `group-of-${topic}` };
  expect(coordination.leader).toBe(consumer.memberId);
  expect(coordination.activeNodes).toBe(1);
  expect(await collecting.point("coordination.leader.changes")).toBe(1);
  expect(await collecting.point("coordination.messages", joined)).toBe(1);
  expect(countOf(await collecting.point("coordination.message.latency", joined))).toBe(1);
  await vi.waitFor(async () =>
    expect(await collecting.point("coordination.messages", heartbeat)).toBeGreaterThan(0),
  );
  expect(await collecting.points("coordination.rebalances")).toEqual([]);
  kafka!.rebalance();
  await vi.waitFor(async () => expect(await collecting.point("coordination.rebalances", group)).toBe(1));
  expect(await collecting.point("coordination.leader.changes")).toBe(1);
  expect(await counted()).toMatchObject({ inFlight: 1 });
  consumer.close(true);
  await vi.waitFor(() => expect(coordination.activeNodes).toBe(0));
  expect(await counted()).toMatchObject({ inFlight: 0 });
  expect(await lag()).toBeUndefined();
});

/** A consumer of the protocol `consumer`, which the small Kafka does not have, as its messages on channels show it. */
function publishedConsumer() {
  const assignments = [{ topic, partitions: [0, 1] }];
  const consumer: { memberId: string | null; closed: boolean; assignments: typeof assignments } = {
    memberId: "member",
    closed: false,
    assignments,
  };
  const publish = (name: string, message: object): void =>
    channel(`tracing:plt:kafka:${name}:asyncStart`).publish({ client: consumer, ...message });
  publish("base:metadata", { result: { topics: new Map([[topic, { id: "id" }]]) } });
  return {
    consumer,
    respondToFetch: (waiting: bigint): void => {
      const numbers = [0, 1];
      const answers = numbers.map((partitionIndex) => ({ partitionIndex, highWatermark: waiting }));
      const asked = numbers.map((partition) => ({ partition, fetchOffset: 0n }));
      publish("consumer:fetches", {
        options: { topics: [{ topicId: "id", partitions: asked }] },
        result: { responses: [{ topicId: "id", partitions: answers }] },
      });
    },
    heartbeat: (): Promise<void> =>
      tracingChannel("plt:kafka:consumer:heartbeat").tracePromise(async () => {}, {
        client: consumer,
        operation: "consumerGroupHeartbeat",
      }),
  };
}

test("a response to a fetch does not bring back the messages of a partition that was given away meanwhile", async () => {
  const { consumer, respondToFetch } = publishedConsumer();
  consumer.assignments = [{ topic, partitions: [0] }];
  respondToFetch(5n);
  expect(await lag()).toBe(5);
});

test("with the protocol `consumer`, a heartbeat removes partitions given away, and closed consumers are forgotten", async () => {
  const { consumer, respondToFetch, heartbeat } = publishedConsumer();
  await heartbeat();
  respondToFetch(5n);
  expect([await lag(), coordination.activeNodes]).toEqual([10, 1]);
  consumer.assignments = [{ topic, partitions: [1] }];
  await heartbeat();
  expect(await lag()).toBe(5);
  // While it closes it is still a member.
  consumer.closed = true;
  expect([await lag(), coordination.activeNodes]).toEqual([5, 1]);
  consumer.memberId = null;
  await vi.waitFor(async () => expect(await lag()).toBeUndefined());
  expect(coordination.activeNodes).toBe(0);
});

test("messages sent while a broker is unavailable are counted once it accepts them, over a new connection", async () => {
  const producer = openProducer();
  await send(producer, 1);
  const reconnects = (): Promise<unknown> =>
    collecting.point("message.client.reconnects", { "messaging.system.name": "kafka" });
  expect(await reconnects()).toBeUndefined();
  await kafka!.kill();
  const sent = send(producer, 2);
  expect(await counted()).toEqual({ sent: 1 });
  await kafka!.startAgain();
  await sent;
  expect(await counted()).toEqual({ sent: 3 });
  expect(await reconnects()).toBe(1);
});

test("messages refused by the producer reject as before, and are not counted", async () => {
  const producer = openProducer();
  const refused = { messages: [{ topic, value: Buffer.from("x") }], idempotent: true, acks: 0 };
  await expect(producer.send(refused)).rejects.toThrow("Idempotent producer requires acks");
  expect(await collecting.points("messages.sent")).toEqual([]);
});

test("calls of send are timed, once for all of their messages, with those that fail", async () => {
  const producer = openProducer();
  await send(producer, 3);
  await send(producer, 1);
  const unreachable = openProducer({ bootstrapBrokers: ["127.0.0.1:1"], retries: 0 });
  await expect(send(unreachable, 1)).rejects.toBeInstanceOf(AggregateError);
  expect(await new MessageFigures(collecting, "kafka").operations(topic)).toEqual([
    "send send 2",
    "send send AggregateError 1",
  ]);
  expect(await counted()).toEqual({ sent: 4 });
});

test("messages of 0 and of 100 MB, without value, key or headers, count as one each", async () => {
  const producer = openProducer();
  await producer.send({ messages: [{ topic }, { topic, value: Buffer.alloc(0) }] });
  await producer.send({ messages: [{ topic, value: Buffer.alloc(100_000_000) }] });
  expect(await counted()).toEqual({ sent: 3 });
});

test("the destination option names topics", async () => {
  instrumentation.setConfig({
    messaging: new Messaging({ meterProvider: collecting.provider }),
    destination: () => "all",
  });
  await send(openProducer(), 2);
  expect(await counted("all")).toEqual({ sent: 2 });
});

test("messages that a consumer reads again are in flight once", async () => {
  await send(openProducer(), 3);
  const consumer = openConsumer();
  const stream = await consume(consumer, { autocommit: false });
  await take(stream, 3);
  await stream.close();
  await take(await consume(consumer, { autocommit: false }), 3);
  expect(await counted()).toEqual({ sent: 3, received: 6, inFlight: 3 });
});

test("after a restart, uncommitted messages are in flight, and members are active", async () => {
  await send(openProducer(), 4);
  const stream = await consume(openConsumer(), { autocommit: false });
  const messages = await take(stream, 4);
  await messages[0]!.commit();
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  const truth = { "message.queue.size": 0, "coordination.active_nodes": 1 };
  await expectGauges({ ...truth, "messages.in_flight": 3 });
  await messages[3]!.commit();
  await expectGauges({ ...truth, "messages.in_flight": 0 });
});

test("while disabled it records nothing; enabled again, it does", async () => {
  const producer = openProducer();
  await send(producer, 1);
  instrumentation.disable();
  await send(producer, 1);
  expect(await collecting.point("messages.sent", on())).toBe(1);
  instrumentation.enable();
  await send(producer, 1);
  expect(await collecting.point("messages.sent", on())).toBe(2);
});
