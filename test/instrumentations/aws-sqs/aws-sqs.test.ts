import { createRequire } from "node:module";
import type { Message, SQSClient, SQSClientConfig } from "@aws-sdk/client-sqs";
import { Messaging } from "../../../src/facades/messaging/index.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { awsSqs as instrumented } from "../../../instrumentations/aws-sqs/index.ts";
import { begin } from "../../../instrumentations/aws-sqs/instrumentation.ts";
import { queueNameFromUrl } from "../../../instrumentations/aws-sqs/messages.ts";
import { type Sqs, startSqs } from "../../servers/sqs.ts";
import { type DestinationFigures, MessageFigures } from "../message-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled, which is what an application's `import "@aws-sdk/client-sqs"`
// amounts to.
const aws: typeof import("@aws-sdk/client-sqs") = createRequire(import.meta.url)("@aws-sdk/client-sqs");
const clientPrototype: object = Object.getPrototypeOf(aws.SQSClient.prototype);
const originalSend = (instrumentation.disable(), send());

let sqs: Sqs | undefined;
const collecting = measured(instrumentation);
let client: SQSClient;
let queue: string;
let queues = 0;

beforeEach(async () => {
  sqs ??= await startSqs("file");
  instrumentation.setConfig({ messaging: new Messaging({ meterProvider: collecting.provider }) });
  client = newClient();
  queue = `queue-${queues++}`;
});

afterEach(() => {
  client.destroy();
  vi.useRealTimers();
});

function send(): unknown {
  return Reflect.get(clientPrototype, "send");
}

function newClient(config: SQSClientConfig = {}): SQSClient {
  return new aws.SQSClient({
    endpoint: sqs!.url,
    useQueueUrlAsEndpoint: false,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    ...config,
  });
}

function url(): string {
  return `${sqs!.url}/000000000000/${queue}`;
}

async function sendMessages(count: number): Promise<void> {
  const Entries = Array.from({ length: count }, (_, i) => ({ Id: `${i}`, MessageBody: `job ${i}` }));
  await client.send(new aws.SendMessageBatchCommand({ QueueUrl: url(), Entries }));
}

async function receive(): Promise<readonly Message[]> {
  const command = new aws.ReceiveMessageCommand({ QueueUrl: url(), MaxNumberOfMessages: 10 });
  return (await client.send(command)).Messages ?? [];
}

function onHandle({ ReceiptHandle }: Message): { QueueUrl: string; ReceiptHandle: string } {
  return { QueueUrl: url(), ReceiptHandle: ReceiptHandle ?? "" };
}

function on(name = queue): Record<string, string> {
  return { "messaging.system.name": "aws.sqs", "messaging.destination.name": name };
}

function counted(name = queue): Promise<DestinationFigures> {
  return new MessageFigures(collecting, "aws.sqs").of(name);
}

function operations(): Promise<readonly string[]> {
  return new MessageFigures(collecting, "aws.sqs").operations(queue);
}

function size(): Promise<unknown> {
  return collecting.point("message.queue.size", on());
}

function returned(): Promise<number | undefined> {
  return new MessageFigures(collecting, "aws.sqs").processed(queue, "returned");
}

test("messages are counted as sent, received, in flight, and processed once deleted", async () => {
  await client.send(new aws.SendMessageCommand({ QueueUrl: url(), MessageBody: "job" }));
  await sendMessages(3);
  const [first, second, ...rest] = await receive();
  expect(await counted()).toEqual({ sent: 4, received: 4, inFlight: 4 });
  await client.send(new aws.DeleteMessageCommand(onHandle(first!)));
  expect(await counted()).toMatchObject({ processed: 1, inFlight: 3 });
  const Entries = [second!, ...rest].map(({ ReceiptHandle }, i) => ({ Id: `${i}`, ReceiptHandle }));
  await client.send(new aws.DeleteMessageBatchCommand({ QueueUrl: url(), Entries }));
  expect(await counted()).toEqual({ sent: 4, received: 4, processed: 4, inFlight: 0 });
  expect(await receive()).toEqual([]);
  expect(await counted()).toMatchObject({ received: 4 });
  expect(await operations()).toEqual([
    expect.stringMatching(/^delete settle \S+ 2$/),
    expect.stringMatching(/^receive receive \S+ 2$/),
    expect.stringMatching(/^send send \S+ [24]$/),
  ]);
});

test("a message returned at once has failed and is retried; one with a longer timeout stays in flight", async () => {
  await sendMessages(3);
  const [first, second, third] = await receive();
  const command = { ...onHandle(first!), VisibilityTimeout: 0 };
  await client.send(new aws.ChangeMessageVisibilityCommand(command));
  const Entries = [second!, third!].map(({ ReceiptHandle }, i) => ({
    Id: `${i}`,
    ReceiptHandle,
    VisibilityTimeout: i === 0 ? 0 : 600,
  }));
  await client.send(new aws.ChangeMessageVisibilityBatchCommand({ QueueUrl: url(), Entries }));
  expect(await counted()).toEqual({ sent: 3, received: 3, inFlight: 1, retried: 2 });
  expect(await returned()).toBe(2);
});

test("a message delivered again, because it was not deleted in time, is retried and in flight once", async () => {
  await sendMessages(1);
  expect(await receive()).toHaveLength(1);
  sqs!.expire(url());
  const [again] = await receive();
  expect(await counted()).toEqual({ sent: 1, received: 2, inFlight: 1, retried: 1 });
  await client.send(new aws.DeleteMessageCommand(onHandle(again!)));
  expect(await counted()).toMatchObject({ processed: 1, inFlight: 0 });
});

test("the entries of a batch that the service refuses are not counted", async () => {
  const Entries = ["good", "", "good"].map((MessageBody, i) => ({ Id: `${i}`, MessageBody }));
  const command = new aws.SendMessageBatchCommand({ QueueUrl: url(), Entries });
  expect((await client.send(command)).Failed).toHaveLength(1);
  expect(await counted()).toEqual({ sent: 2 });
});

test("with callbacks messages are counted in the same way, and each callback is called once", async () => {
  const command = new aws.SendMessageCommand({ QueueUrl: url(), MessageBody: "job" });
  const results: unknown[] = [];
  await new Promise<void>((resolve) => {
    client.send(command, (error: unknown, output) => {
      results.push(error, output?.MessageId);
      resolve();
    });
  });
  await new Promise<void>((resolve) => client.send(command, {}, () => resolve()));
  expect(results).toEqual([null, expect.any(String)]);
  expect(await counted()).toEqual({ sent: 2 });
  expect(await operations()).toEqual([expect.stringMatching(/^send send \S+ 2$/)]);
});

test("the queue size is the one that the application itself requested, for five minutes", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  await sendMessages(2);
  const ask = new aws.GetQueueAttributesCommand({ QueueUrl: url(), AttributeNames: ["All"] });
  await client.send(ask);
  expect(await size()).toBe(2);
  await sendMessages(1);
  vi.advanceTimersByTime(299_000);
  expect(await size()).toBe(2);
  await client.send(ask);
  vi.advanceTimersByTime(299_000);
  expect(await size()).toBe(3);
  vi.advanceTimersByTime(1_000);
  expect(await size()).toBeUndefined();
});

test("requests reject as before while the service is unavailable, and are counted once it is back", async () => {
  await sqs!.kill();
  await expect(sendMessages(1)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(await counted()).toEqual({});
  expect(await operations()).toEqual([expect.stringMatching(/^send send \S+ \w+ 1$/)]);
  await sqs!.startAgain();
  await sendMessages(1);
  expect(await counted()).toEqual({ sent: 1 });
  await expect(client.send(new aws.ListQueuesCommand({}))).rejects.toThrow("ListQueues");
});

test("messages of 0 bytes and of 1 MiB, the maximum, count as one each", async () => {
  for (const MessageBody of ["", "x".repeat(1024 * 1024)]) {
    await client.send(new aws.SendMessageCommand({ QueueUrl: url(), MessageBody }));
  }
  expect(await counted()).toEqual({ sent: 2 });
});

test("after a restart, received messages are in flight for at most 12 hours", async () => {
  await sendMessages(3);
  const [first] = await receive();
  const expectGauges = restarted(instrumentation, instrumented, begin, {}, on());
  // The size is the one that the application requests.
  await expectGauges({ "messages.in_flight": 3, "message.queue.size": undefined });
  await client.send(new aws.DeleteMessageCommand(onHandle(first!)));
  await expectGauges({ "messages.in_flight": 2, "message.queue.size": undefined });
  const later = performance.now() + 12 * 3_600_000 + 1;
  const now = vi.spyOn(performance, "now").mockImplementation(() => later);
  await expectGauges({ "messages.in_flight": 0, "message.queue.size": undefined });
  now.mockRestore();
});

test("queues are named by the end of their URLs", () => {
  expect(queueNameFromUrl("https://sqs.eu-central-1.amazonaws.com/123456789012/jobs.fifo")).toBe("jobs.fifo");
  expect(queueNameFromUrl("http://localhost:4566/000000000000/jobs/?x=1")).toBe("jobs");
  expect(queueNameFromUrl("arn:aws:sqs:eu-central-1:123456789012:jobs")).toBe("jobs");
  expect(queueNameFromUrl("jobs")).toBe("jobs");
  expect(queueNameFromUrl("")).toBe("");
});

test("disabling restores all methods and stops recording; enabling starts again", async () => {
  await sendMessages(1);
  expect(send()).not.toBe(originalSend);
  expect(shapeOf(send())).toEqual(shapeOf(originalSend));
  instrumentation.disable();
  expect(send()).toBe(originalSend);
  await sendMessages(1);
  expect(await collecting.point("messages.sent", on())).toBe(1);
  instrumentation.enable();
  await sendMessages(1);
  expect(await collecting.point("messages.sent", on())).toBe(2);
});

function shapeOf(method: unknown): unknown {
  return typeof method === "function" ? [method.name, method.length] : undefined;
}
