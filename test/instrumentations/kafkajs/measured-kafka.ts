/** Clients of a mocked Kafka, whose messages are recorded. */
import { createRequire } from "node:module";
import type { Consumer, ConsumerRunConfig, Kafka as Client, KafkaConfig, Producer } from "kafkajs";
import { Coordination } from "../../../src/facades/coordination/index.ts";
import { Messaging } from "../../../src/facades/messaging/index.ts";
import { afterEach, beforeEach, vi } from "vitest";
import { kafkaJs as instrumented } from "../../../instrumentations/kafkajs/index.ts";
import { begin } from "../../../instrumentations/kafkajs/instrumentation.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { type Kafka, startKafka } from "../../servers/kafka.ts";
import { needs } from "../../servers/needs.ts";
import { type DestinationFigures, MessageFigures } from "../message-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";

export const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled, which is what an application's `import "kafkajs"` amounts to.
export const kafkajs: typeof import("kafkajs") = createRequire(import.meta.url)("kafkajs");

export let kafka: Kafka | undefined;
export let collecting: Collecting;
export let coordination: Coordination;
const disconnections: (() => Promise<void>)[] = [];

/** Connects all tests of a file to one Kafka, each with its own figures. */
export function measureKafka(): void {
  beforeEach(async (context) => {
    needs(context, "kcat");
    vi.stubEnv("KAFKAJS_NO_PARTITIONER_WARNING", "1");
    kafka ??= await startKafka("file");
    collecting = collectingProvider();
    const meterProvider = collecting.provider;
    coordination = new Coordination({ meterProvider });
    instrumentation.setConfig({ messaging: new Messaging({ meterProvider }), coordination });
    instrumentation.setMeterProvider(meterProvider);
    instrumentation.enable();
  });

  afterEach(async () => {
    await Promise.all(disconnections.splice(0).map((disconnect) => disconnect().catch(() => {})));
    instrumentation.disable();
  });
}

export function client(config: Partial<KafkaConfig> = {}): Client {
  return new kafkajs.Kafka({
    // A function, since the mock's address changes with each start.
    brokers: async () => [kafka!.broker],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 20, maxRetryTime: 100, retries: 50 },
    ...config,
  });
}

export async function connectedProducer(options = {}): Promise<Producer> {
  const producer = client().producer(options);
  disconnections.push(() => producer.disconnect());
  await producer.connect();
  return producer;
}

/** Returns a running consumer of one topic from its beginning; joining its group takes seconds. */
export async function runningConsumer(
  topic: string,
  config: ConsumerRunConfig,
  group = `group of ${topic}`,
  joined?: (memberId: string) => void,
): Promise<Consumer> {
  const consumer = client().consumer({
    groupId: group,
    sessionTimeout: 3_000,
    heartbeatInterval: 100,
    maxWaitTimeInMs: 50,
  });
  consumer.on("consumer.group_join", ({ payload }) => joined?.(payload.memberId));
  disconnections.push(() => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run(config);
  return consumer;
}

export function on(topic: string): Record<string, string> {
  return { "messaging.system.name": "kafka", "messaging.destination.name": topic };
}

export function counted(topic: string): Promise<DestinationFigures> {
  return new MessageFigures(collecting, "kafka").of(topic);
}

export function failed(topic: string, error: string): Promise<number | undefined> {
  return new MessageFigures(collecting, "kafka").processed(topic, error);
}

export function lag(topic: string): Promise<unknown> {
  return collecting.point("message.queue.size", on(topic));
}
