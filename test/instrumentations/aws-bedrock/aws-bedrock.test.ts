import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { awsBedrock as instrumented } from "../../../instrumentations/aws-bedrock/index.ts";
import { begin } from "../../../instrumentations/aws-bedrock/instrumentation.ts";
import { awsSdk } from "../../../instrumentations/aws-sdk/index.ts";
import { begin as beginCalls } from "../../../instrumentations/aws-sdk/instrumentation.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { ModelFigures } from "../model-figures.ts";
import { type Counts, testModelClient } from "../model-kit.ts";
import { type Encode, jsonAnswer, ModelServer, streamAnswer } from "../model-server.ts";
import { calls } from "../rpc-figures.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const ofCalls = instrumentationOf(awsSdk, beginCalls, {});
const own = createRequire(import.meta.url);
// Required after the instrumentation is enabled.
const aws: typeof import("@aws-sdk/client-bedrock-runtime") = own("@aws-sdk/client-bedrock-runtime");
// Packages of the client's version.
const require = createRequire(own.resolve("@aws-sdk/client-bedrock-runtime"));
const { NodeHttpHandler }: { NodeHttpHandler: new () => object } = require("@smithy/node-http-handler");
const {
  EventStreamCodec,
}: typeof import("@smithy/core/event-streams") = require("@smithy/core/event-streams");
ofCalls.disable();
const server = await ModelServer.start();
const newClient = (cacheMiddleware = false) =>
  new aws.BedrockRuntimeClient({
    endpoint: server.url,
    region: "eu-central-1",
    credentials: { accessKeyId: "sk-secret", secretAccessKey: "sk-secret" },
    maxAttempts: 2,
    cacheMiddleware,
    // The server speaks HTTP 1.
    requestHandler: new NodeHttpHandler(),
  });
const client = newClient();
const modelId = "anthropic.claude-sonnet-5";
const messages = [{ role: "user" as const, content: [{ text: "a secret prompt" }] }];
const figures = new ModelFigures(instrumentation, server, "aws.bedrock", modelId);

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString(),
  (text) => Buffer.from(text),
);
// `{ messageStop: { … } }`
const frame: Encode = (event) => {
  const [[name, content] = ["", ""]] = Object.entries(event);
  const header = (value: string) => ({ type: "string" as const, value });
  return codec.encode({
    headers: {
      ":message-type": header("event"),
      ":event-type": header(name),
      ":content-type": header("application/json"),
    },
    body: Buffer.from(JSON.stringify(content)),
  });
};
const frames = (events: readonly (object | number)[]) =>
  streamAnswer(events, frame, "application/vnd.amazon.eventstream");
const usageOf = ({ input, output, cached }: Counts) => ({
  inputTokens: input - cached,
  outputTokens: output,
  totalTokens: input + output,
  cacheReadInputTokens: cached,
});

testModelClient(
  {
    ask: () => client.send(new aws.ConverseCommand({ modelId, messages })),
    async stream() {
      const { stream } = await client.send(new aws.ConverseStreamCommand({ modelId, messages }));
      return stream ?? (async function* () {})();
    },
    answer: (counts) =>
      jsonAnswer({
        output: { message: { role: "assistant", content: [{ text: "a secret answer" }] } },
        stopReason: "end_turn",
        usage: usageOf(counts),
      }),
    chunks: (counts, pause = 0) =>
      frames([
        pause,
        { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "a secret answer" } } },
        { messageStop: { stopReason: "end_turn" } },
        { metadata: { usage: usageOf(counts) } },
      ]),
    reason: "end_turn",
    repeats: true,
    refused: "ThrottlingException",
    refusal: (response) =>
      response
        .writeHead(429, { "content-type": "application/json", "x-amzn-errortype": "ThrottlingException" })
        .end(JSON.stringify({ message: "secret prompt" })),
  },
  figures,
  server,
);

test("tokens of a model that is invoked by its own protocol are in the header, or in the last chunk", async () => {
  const body = JSON.stringify({ prompt: "a secret prompt" });
  server.answer((response) =>
    response
      .writeHead(200, {
        "content-type": "application/json",
        "x-amzn-bedrock-input-token-count": "7",
        "x-amzn-bedrock-output-token-count": "5",
        "x-amzn-bedrock-cache-read-input-token-count": "3",
        "x-amzn-bedrock-cache-write-input-token-count": "2",
      })
      .end('{"completion":"a secret answer"}'),
  );
  const { body: answer } = await client.send(new aws.InvokeModelCommand({ modelId, body }));
  expect(answer.transformToString()).toContain("a secret answer");
  const chunk = (content: object) => ({
    chunk: { bytes: Buffer.from(JSON.stringify(content)).toString("base64") },
  });
  const metrics = {
    inputTokenCount: 70,
    outputTokenCount: 50,
    cacheReadInputTokenCount: 30,
    cacheWriteInputTokenCount: 20,
  };
  server.answer(
    frames([
      chunk({ completion: "a secret answer" }),
      chunk({ "amazon-bedrock-invocationMetrics": metrics }),
    ]),
  );
  const streamed = await client.send(new aws.InvokeModelWithResponseStreamCommand({ modelId, body }));
  for await (const event of streamed.body ?? []) expect(event.chunk).toBeDefined();
  expect(await figures.calls()).toEqual({ ok: 2 });
  expect(await figures.allTokens()).toEqual({ input: 132, output: 55, cached: 33 });
  expect(await figures.tokens("cache_write.input_tokens")).toBe(22);
  expect(await figures.leaks()).toEqual([]);
});

test("a chunk that cannot be read has no tokens, and nothing of it is logged", async () => {
  const bytes = Buffer.from('sk-secret {"amazon-bedrock-invocationMetrics"').toString("base64");
  server.answer(frames([{ chunk: { bytes } }]));
  const body = JSON.stringify({ prompt: "a secret prompt" });
  const streamed = await client.send(new aws.InvokeModelWithResponseStreamCommand({ modelId, body }));
  for await (const event of streamed.body ?? []) expect(event.chunk).toBeDefined();
  expect(await figures.calls()).toEqual({ ok: 1 });
  expect(await figures.tokens("input_tokens")).toBeUndefined();
  expect(await figures.leaks()).toEqual([]);
});

test("beside the instrumentation of all clients, a call of a model is one call of each", async () => {
  ofCalls.setMeterProvider(figures.collecting.provider);
  ofCalls.enable();
  server.answer(jsonAnswer({ stopReason: "end_turn", usage: usageOf({ input: 2, output: 1, cached: 0 }) }));
  await client.send(new aws.ConverseCommand({ modelId, messages }));
  ofCalls.disable();
  expect(await calls(figures.collecting, "client")).toEqual({ "aws-api BedrockRuntime/Converse": 1 });
  expect(await figures.calls()).toEqual({ ok: 1 });
});

test("a client that caches its middleware repeats a call only after a failure", async () => {
  const caching = newClient(true);
  const converse = () => caching.send(new aws.ConverseCommand({ modelId, messages }));
  const good = jsonAnswer({ stopReason: "end_turn", usage: usageOf({ input: 2, output: 1, cached: 0 }) });
  server.answer(good);
  await converse();
  await converse();
  expect(await figures.calls()).toEqual({ ok: 2 });
  expect(await figures.retries()).toEqual([]);
  server.answer((response) => response.writeHead(503).end(), good);
  await converse();
  expect(await figures.retries()).toEqual([1]);
  caching.destroy();
});
