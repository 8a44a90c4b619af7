import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { awsSdk as instrumented } from "../../../instrumentations/aws-sdk/index.ts";
import { begin } from "../../../instrumentations/aws-sdk/instrumentation.ts";
import { awsSqs } from "../../../instrumentations/aws-sqs/index.ts";
import { begin as beginSqs } from "../../../instrumentations/aws-sqs/instrumentation.ts";
import { addressOf } from "../../kit/address-of.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { sumOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { calls } from "../rpc-figures.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const ofMessages = instrumentationOf(awsSqs, beginSqs, {});
// Required after the instrumentation is enabled.
const aws: typeof import("@aws-sdk/client-sqs") = createRequire(import.meta.url)("@aws-sdk/client-sqs");
instrumentation.disable();
ofMessages.disable();

let server: Server;
let port: number;
let collecting: Collecting;
let client: SQSClient;
/** The errors of the next responses; then all succeed. */
let errors: string[] = [];

beforeAll(async () => {
  server = createServer((_, response) => {
    const error = errors.shift();
    response.writeHead(error === undefined ? 200 : 400, { "content-type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify(error === undefined ? { QueueUrls: [] } : { __type: error, message: "no" }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  port = addressOf(server).port;
});

afterAll(() => void server.close());

beforeEach(() => {
  collecting = collectingProvider();
  errors = [];
  for (const each of [instrumentation, ofMessages]) {
    each.setMeterProvider(collecting.provider);
    each.enable();
  }
  client = clientOf(port);
});

afterEach(() => {
  client.destroy();
  instrumentation.disable();
  ofMessages.disable();
});

function clientOf(to: number, cacheMiddleware = false): SQSClient {
  return new aws.SQSClient({
    endpoint: `http://127.0.0.1:${to}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 3,
    cacheMiddleware,
  });
}

const list = (): Promise<unknown> => client.send(new aws.ListQueuesCommand());
const METHOD = { "rpc.system.name": "aws-api", "rpc.method": "SQS/ListQueues" };

test("calls are recorded by service and operation, with their server", async () => {
  expect(await Promise.all([list(), list()])).toMatchObject([{ QueueUrls: [] }, { QueueUrls: [] }]);
  await new Promise((resolve) => client.send(new aws.ListQueuesCommand(), resolve));
  expect(await calls(collecting, "client")).toEqual({ "aws-api SQS/ListQueues": 3 });
  const target = { ...METHOD, "server.address": "127.0.0.1", "server.port": port };
  expect(sumOf(await collecting.point("rpc.client.call.duration", target))).toBeGreaterThan(0);
  expect(await collecting.points("rpc.client.call.retries")).toEqual([]);
});

test("retries and throttles are counted, and the call that succeeds is one", async () => {
  errors = ["ThrottlingException", "RequestTimeout"];
  expect(await list()).toMatchObject({ $metadata: { attempts: 3 } });
  expect(await calls(collecting, "client")).toEqual({ "aws-api SQS/ListQueues": 1 });
  expect(await collecting.point("rpc.client.call.retries", METHOD)).toBe(2);
  const throttled = { ...METHOD, "error.type": "ThrottlingException" };
  expect(await collecting.points("rpc.client.call.throttles")).toEqual([{ attributes: throttled, value: 1 }]);
});

test("a call that the service refuses has the name of its error, and one without a response its code", async () => {
  errors = ["com.amazonaws.sqs#QueueDoesNotExist"];
  await expect(list()).rejects.toMatchObject({ name: "QueueDoesNotExist", $metadata: { attempts: 1 } });
  client.destroy();
  client = clientOf(1);
  await expect(list()).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(await calls(collecting, "client")).toEqual({
    "aws-api SQS/ListQueues QueueDoesNotExist QueueDoesNotExist": 1,
    "aws-api SQS/ListQueues ECONNREFUSED": 1,
  });
  expect(await collecting.points("rpc.client.call.throttles")).toEqual([]);
});

test("overlapping calls of a client that caches its middleware are recorded one by one", async () => {
  client = clientOf(port, true);
  await Promise.all([list(), list(), list()]);
  expect(await calls(collecting, "client")).toEqual({ "aws-api SQS/ListQueues": 3 });
  expect(await collecting.points("rpc.client.call.retries")).toEqual([]);
  errors = ["ThrottlingException"];
  await Promise.all([list(), list()]);
  expect(await calls(collecting, "client")).toEqual({ "aws-api SQS/ListQueues": 5 });
  expect(await collecting.point("rpc.client.call.retries", METHOD)).toBe(1);
});

test("a call whose arguments are replaced by middleware of the application is recorded with its retries", async () => {
  client.middlewareStack.add(
    (next) =>
      ({ input }) =>
        next({ input }),
    { step: "initialize" },
  );
  errors = ["RequestTimeout"];
  await list();
  expect(await calls(collecting, "client")).toEqual({ "aws-api SQS/ListQueues": 1 });
  expect(await collecting.point("rpc.client.call.retries", METHOD)).toBe(1);
});

test("messages of a queue are counted beside the call", async () => {
  const QueueUrl = `http://127.0.0.1:${port}/0/jobs`;
  await client.send(new aws.ReceiveMessageCommand({ QueueUrl }));
  expect(await calls(collecting, "client")).toEqual({ "aws-api SQS/ReceiveMessage": 1 });
  expect(await collecting.points("messaging.client.operation.duration")).toHaveLength(1);
});

test("while it is disabled, nothing is recorded, and clients are measured again afterwards", async () => {
  await list();
  instrumentation.disable();
  await list();
  instrumentation.enable();
  await list();
  expect(await calls(collecting, "client")).toEqual({ "aws-api SQS/ListQueues": 2 });
  const names = client.middlewareStack.identify().filter((name) => name.includes("tachymeter"));
  expect(names).toHaveLength(2);
});
