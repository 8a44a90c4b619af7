import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { anthropic as instrumented } from "../../../instrumentations/anthropic/index.ts";
import { begin } from "../../../instrumentations/anthropic/instrumentation.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { ModelFigures } from "../model-figures.ts";
import { type Counts, testModelClient } from "../model-kit.ts";
import { jsonAnswer, ModelServer, streamAnswer } from "../model-server.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled.
const { Anthropic }: typeof import("@anthropic-ai/sdk") = createRequire(import.meta.url)("@anthropic-ai/sdk");
const server = await ModelServer.start();
const client = new Anthropic({ apiKey: "sk-secret", baseURL: server.url, maxRetries: 0 });
const request = {
  model: "claude-sonnet-5",
  max_tokens: 10,
  messages: [{ role: "user" as const, content: "a secret prompt" }],
};

const figures = new ModelFigures(
  instrumentation,
  server,
  "anthropic",
  "claude-sonnet-5",
  "claude-sonnet-5-1",
);

const message = {
  type: "message",
  role: "assistant",
  model: "claude-sonnet-5-1",
  content: [{ type: "text", text: "a secret answer" }],
  stop_reason: "end_turn",
  usage: {
    input_tokens: 10,
    cache_read_input_tokens: 60,
    cache_creation_input_tokens: 30,
    output_tokens: 25,
  },
};

test("the tokens of the input are those from and to a cache, too", async () => {
  server.answer(jsonAnswer(message));
  expect((await client.messages.create(request)).usage.output_tokens).toBe(25);
  expect(await figures.tokens("input_tokens")).toBe(100);
  expect(await figures.tokens("cache_read.input_tokens")).toBe(60);
  expect(await figures.tokens("cache_write.input_tokens")).toBe(30);
  expect(await figures.tokens("output_tokens")).toBe(25);
  expect(await figures.reasons()).toEqual({ end_turn: 1 });
  expect(await figures.attributes()).toEqual([figures.response]);
  expect(await figures.leaks()).toEqual([]);
});

const started = {
  type: "message_start",
  message: { ...message, content: [], stop_reason: null, usage: { input_tokens: 40, output_tokens: 1 } },
};
const begun = { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } };
const delta = { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "hi" } };
const events = [
  started,
  begun,
  delta,
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "max_tokens" }, usage: { output_tokens: 9 } },
  { type: "message_stop" },
];

const usageOf = ({ input, cached }: Counts) => ({
  input_tokens: input - cached,
  cache_read_input_tokens: cached,
});

testModelClient(
  {
    ask: () => client.messages.create(request),
    stream: () => client.messages.create({ ...request, stream: true }),
    answer: (counts) =>
      jsonAnswer({ ...message, usage: { ...usageOf(counts), output_tokens: counts.output } }),
    chunks: (counts, pause = 0) =>
      streamAnswer([
        pause,
        { ...started, message: { ...started.message, usage: { ...usageOf(counts), output_tokens: 1 } } },
        delta,
        {
          type: "message_delta",
          delta: { stop_reason: "end_turn" },
          usage: { output_tokens: counts.output },
        },
        { type: "message_stop" },
      ]),
    reason: "end_turn",
    repeats: false,
  },
  figures,
  server,
);

test("a stream has the input of its first event, and the output of its last one, also by the helper", async () => {
  server.answer(streamAnswer(events));
  const types: string[] = [];
  for await (const { type } of await client.messages.create({ ...request, stream: true })) types.push(type);
  expect(types).toEqual(events.map(({ type }) => type));
  const final = await client.messages.stream(request).finalMessage();
  expect(final.content).toMatchObject([{ type: "text", text: "hi" }]);
  expect(await figures.tokens("input_tokens")).toBe(80);
  expect(await figures.tokens("output_tokens")).toBe(18);
  expect(await figures.reasons()).toEqual({ max_tokens: 2 });
  const first = await figures.collecting.points("gen_ai.client.inference.time_to_first_chunk");
  expect(countOf(first[0]?.value)).toBe(2);
});

test("a stream that is left has no output, whose tokens are not known", async () => {
  server.answer(streamAnswer([started, begun, delta, 5_000]));
  for await (const { type } of await client.messages.create({ ...request, stream: true }))
    if (type === "content_block_delta") break;
  expect(await figures.tokens("input_tokens")).toBe(40);
  expect(await figures.tokens("output_tokens")).toBeUndefined();
});

test("an error that a stream or a response reports is a failure", async () => {
  server.answer(jsonAnswer({ type: "error", error: { type: "overloaded_error", message: "busy" } }, 529));
  await expect(client.messages.create(request)).rejects.toMatchObject({ status: 529 });
  server.answer(
    streamAnswer([started, { type: "error", error: { type: "overloaded_error", message: "busy" } }]),
  );
  const stream = await client.messages.create({ ...request, stream: true });
  await expect(async () => {
    for await (const event of stream) expect(event.type).toBe("message_start");
  }).rejects.toThrow(/overloaded/);
  const failures = await figures.collecting.points("gen_ai.client.inference.duration");
  expect(failures.map(({ attributes }) => attributes["error.type"])).toEqual(["529", "APIError"]);
});
