import { createRequire } from "node:module";
import type { Message, PubSub, Subscription } from "@google-cloud/pubsub";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { googlePubsub as instrumented } from "../../../instrumentations/google-pubsub/index.ts";
import { begin } from "../../../instrumentations/google-pubsub/instrumentation.ts";
import { type SmallPubsub, startSmallPubsub } from "../../servers/small-pubsub.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";
import { MessageFigures } from "../message-figures.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const library: typeof import("@google-cloud/pubsub") = require("@google-cloud/pubsub");
instrumentation.disable();

let server: SmallPubsub;
let client: PubSub;
const collecting = measured(instrumentation);
const figures = new MessageFigures(collecting, "gcp.pubsub");
let subscription: Subscription;
let received: Message[];
let name: string;
let names = 0;

beforeEach(async () => {
  server ??= await startSmallPubsub("file");
  vi.stubEnv("PUBSUB_EMULATOR_HOST", server.host);
  // No request to the metadata server of Google's cloud.
  vi.stubEnv("METADATA_SERVER_DETECTION", "none");
  client = new library.PubSub({ projectId: "shop" });
  name = `jobs-${names++}`;
  received = [];
  subscription = client.subscription(name);
});

afterEach(async () => {
  await subscription.close();
  await client.close();
  vi.unstubAllEnvs();
});

async function publish(count: number): Promise<void> {
  const topic = client.topic(name);
  await Promise.all(Array.from({ length: count }, () => topic.publishMessage({ data: Buffer.from("x") })));
}

async function arrived(count: number): Promise<void> {
  if (subscription.listenerCount("message") === 0)
    subscription.on("message", (one: Message) => received.push(one));
  await vi.waitFor(() => expect(received).toHaveLength(count));
}

test("messages are counted as sent once the service has accepted them, with and without an ordering key", async () => {
  await publish(3);
  const ordered = client.topic(name, { messageOrdering: true });
  await ordered.publishMessage({ data: Buffer.from("x"), orderingKey: "one" });
  expect(server.unacknowledged(name)).toBe(4);
  await vi.waitFor(async () => expect(await figures.of(name)).toEqual({ sent: 4 }));
  expect(await figures.operations(name)).toEqual([expect.stringMatching(/^send send \S+ [2-4]$/)]);
});

test("messages that the service refuses are not counted as sent", async () => {
  await expect(client.topic("other").publishMessage({})).rejects.toThrow("data");
  vi.stubEnv("PUBSUB_EMULATOR_HOST", "127.0.0.1:1");
  const unreachable = new library.PubSub({ projectId: "shop" });
  const topic = unreachable.topic(name, { gaxOpts: { timeout: 200, retry: null } });
  await expect(topic.publishMessage({ data: Buffer.from("x") })).rejects.toThrow(
    /UNAVAILABLE|ECONNREFUSED|exceeded/i,
  );
  expect(await figures.of(name)).toEqual({});
  expect(await figures.operations(name)).toEqual([expect.stringMatching(/^send send 127.0.0.1 \w+ 1$/)]);
});

test("received messages are in flight until they are acknowledged", async () => {
  await publish(2);
  await arrived(2);
  expect(await figures.of(name)).toEqual({ sent: 2, received: 2, inFlight: 2 });
  received[0]?.ack();
  received[0]?.ack();
  await received[1]?.ackWithResponse();
  expect(await figures.of(name)).toEqual({ sent: 2, received: 2, processed: 2, inFlight: 0 });
  await vi.waitFor(() => expect(server.unacknowledged(name)).toBe(0));
});

test("a refused message has failed and is retried", async () => {
  await publish(1);
  await arrived(1);
  received[0]?.nack();
  await arrived(2);
  received[1]?.ack();
  expect(await figures.processed(name, "nack")).toBe(1);
  expect(await figures.of(name)).toEqual({ sent: 1, received: 2, processed: 1, inFlight: 0, retried: 1 });
});

test("a message whose deadline has ended is delivered and counted again", async () => {
  await publish(1);
  await arrived(1);
  server.expire();
  await arrived(2);
  expect(await figures.of(name)).toEqual({ sent: 1, received: 2, inFlight: 1, retried: 1 });
});

test("after a restart, messages are in flight until they are acknowledged or their subscriber is closed", async () => {
  await publish(3);
  await arrived(3);
  const expectGauges = restarted(
    instrumentation,
    instrumented,
    begin,
    {},
    { "messaging.destination.name": name },
  );
  await expectGauges({ "messages.in_flight": 3 });
  received[0]?.ack();
  await expectGauges({ "messages.in_flight": 2 });
  await subscription.close();
  await expectGauges({ "messages.in_flight": 0 });
});

test("a subscription that waits for its messages when it is closed counts them as processed", async () => {
  subscription = client.subscription(name, { closeOptions: { behavior: "WAIT" } });
  await publish(2);
  await arrived(2);
  const closed = subscription.close();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await figures.of(name)).toEqual({ sent: 2, received: 2, inFlight: 2 });
  for (const message of received) message.ack();
  await closed;
  expect(await figures.of(name)).toEqual({ sent: 2, received: 2, processed: 2, inFlight: 0 });
});

test("disabling restores the original methods", async () => {
  const {
    Subscriber,
  }: { Subscriber: { prototype: object } } = require("@google-cloud/pubsub/build/src/subscriber.js");
  const ack = (): unknown => Reflect.get(Subscriber.prototype, "ack");
  const replaced = ack();
  instrumentation.disable();
  expect(ack()).not.toBe(replaced);
  await publish(1);
  expect(await figures.of(name)).toEqual({});
});
