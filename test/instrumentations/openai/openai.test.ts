import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { openai as instrumented } from "../../../instrumentations/openai/index.ts";
import { begin } from "../../../instrumentations/openai/instrumentation.ts";
import { unhandledDuring } from "../../kit/unhandled-during.ts";
import { countOf, sumOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { ModelFigures } from "../model-figures.ts";
import { type Counts, testModelClient } from "../model-kit.ts";
import { jsonAnswer, ModelServer, streamAnswer } from "../model-server.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled.
const { OpenAI }: typeof import("openai") = createRequire(import.meta.url)("openai");
const server = await ModelServer.start();
const client = new OpenAI({ apiKey: "sk-secret", baseURL: `${server.url}/v1`, maxRetries: 1 });
const messages = [{ role: "user" as const, content: "a secret prompt" }];

const figures = new ModelFigures(instrumentation, server, "openai", "gpt-5", "gpt-5-2026");
const { request, response: answered } = figures;

const usage = {
  prompt_tokens: 100,
  completion_tokens: 40,
  prompt_tokens_details: { cached_tokens: 64 },
  completion_tokens_details: { reasoning_tokens: 8 },
};
const completion = {
  model: "gpt-5-2026",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "a secret answer" } }],
  usage,
};

const usageOf = ({ input, output, cached }: Counts) => ({
  prompt_tokens: input,
  completion_tokens: output,
  prompt_tokens_details: { cached_tokens: cached },
});

testModelClient(
  {
    ask: () => client.chat.completions.create({ model: "gpt-5", messages }),
    stream: () =>
      client.chat.completions.create({
        model: "gpt-5",
        messages,
        stream: true,
        stream_options: { include_usage: true },
      }),
    answer: (counts) => jsonAnswer({ ...completion, usage: usageOf(counts) }),
    chunks: (counts, pause = 0) =>
      streamAnswer([
        pause,
        { model: "gpt-5-2026", choices: [{ index: 0, delta: { content: "a secret answer" } }] },
        { model: "gpt-5-2026", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
        { model: "gpt-5-2026", choices: [], usage: usageOf(counts) },
        "[DONE]",
      ]),
    reason: "stop",
    repeats: true,
  },
  figures,
  server,
);

test("tokens of reasoning are apart, and each reader gets the same response", async () => {
  server.answer(jsonAnswer(completion));
  const promise = client.chat.completions.create({ model: "gpt-5", messages });
  // Each of them reads the same response.
  const [first, { data }] = await Promise.all([promise, promise.withResponse()]);
  expect(first).toEqual(completion);
  expect(data).toBe(first);
  expect(await figures.calls()).toEqual({ ok: 1 });
  expect(await figures.tokens("input_tokens")).toBe(100);
  expect(await figures.tokens("cache_read.input_tokens")).toBe(64);
  expect(await figures.tokens("output_tokens")).toBe(40);
  expect(await figures.tokens("reasoning.output_tokens")).toBe(8);
  expect(await figures.collecting.point("llm.responses", { ...answered, "llm.finish_reason": "stop" })).toBe(
    1,
  );
  expect(await figures.attributes()).toEqual([figures.response]);
  expect(await figures.leaks()).toEqual([]);
});

test("a stream has the times of its chunks, and the usage of its last one", async () => {
  const chunk = (content: string) => ({ model: "gpt-5-2026", choices: [{ index: 0, delta: { content } }] });
  const last = { model: "gpt-5-2026", choices: [{ index: 0, delta: {}, finish_reason: "length" }] };
  server.answer(
    streamAnswer([
      60,
      chunk("a"),
      30,
      chunk("b"),
      last,
      { model: "gpt-5-2026", choices: [], usage },
      "[DONE]",
    ]),
  );
  const stream = await client.chat.completions.create({
    model: "gpt-5",
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  const seen: unknown[] = [];
  for await (const each of stream) seen.push(each.choices[0]?.delta.content);
  expect(seen).toEqual(["a", "b", undefined, undefined]);
  const first = await figures.collecting.point("gen_ai.client.inference.time_to_first_chunk", request);
  expect(sumOf(first)).toBeGreaterThan(0.055);
  expect(
    countOf(await figures.collecting.point("gen_ai.client.inference.time_per_output_chunk", request)),
  ).toBe(3);
  expect(await figures.tokens("input_tokens")).toBe(100);
  expect(
    await figures.collecting.point("llm.responses", { ...answered, "llm.finish_reason": "length" }),
  ).toBe(1);
});

test("a stream without usage, or one that is left, has no tokens", async () => {
  const chunk = { model: "gpt-5-2026", choices: [{ index: 0, delta: { content: "a" } }] };
  server.answer(streamAnswer([chunk, chunk, "[DONE]"]));
  const ask = () => client.chat.completions.create({ model: "gpt-5", messages, stream: true });
  for await (const each of await ask()) expect(each.choices).toHaveLength(1);
  for await (const each of await ask()) if (each !== undefined) break;
  expect(await figures.calls()).toEqual({ ok: 2 });
  expect(await figures.collecting.points("gen_ai.client.inference.usage.input_tokens")).toEqual([]);
});

test("a stream that the application aborts has no tokens, and other calls are not affected", async () => {
  const chunk = { model: "gpt-5-2026", choices: [{ index: 0, delta: { content: "a" } }] };
  server.answer(streamAnswer([chunk, 5_000, { ...chunk, usage }]), jsonAnswer(completion));
  const stream = await client.chat.completions.create({ model: "gpt-5", messages, stream: true });
  for await (const each of stream) if (each.choices.length > 0) stream.controller.abort();
  await client.chat.completions.create({ model: "gpt-5", messages });
  expect(await figures.calls()).toEqual({ ok: 2 });
  expect(await figures.tokens("input_tokens")).toBe(100);
});

test("a response, and the events of one, are read", async () => {
  const response = {
    model: "gpt-5-2026",
    status: "completed",
    output: [],
    usage: { input_tokens: 7, output_tokens: 5, output_tokens_details: { reasoning_tokens: 3 } },
  };
  server.answer(jsonAnswer(response), streamAnswer([{ type: "response.completed", response }]));
  await client.responses.create({ model: "gpt-5", input: "x" });
  for await (const event of await client.responses.create({ model: "gpt-5", input: "x", stream: true }))
    expect(event.type).toBe("response.completed");
  expect(await figures.tokens("input_tokens")).toBe(14);
  expect(await figures.tokens("reasoning.output_tokens")).toBe(6);
  expect(await figures.calls()).toEqual({ ok: 2 });
});

test("a response that reports a failure is a failure, also in a stream", async () => {
  const error = { code: "server_error", message: "a secret prompt" };
  const response = { model: "gpt-5-2026", status: "failed", output: [], error, usage: null };
  server.answer(jsonAnswer(response), streamAnswer([{ type: "response.failed", response }]));
  await client.responses.create({ model: "gpt-5", input: "x" });
  for await (const event of await client.responses.create({ model: "gpt-5", input: "x", stream: true }))
    expect(event.type).toBe("response.failed");
  expect(await figures.calls()).toEqual({ server_error: 2 });
  expect(await figures.leaks()).toEqual([]);
});

test("audio tokens of a transcription are apart from the others", async () => {
  const details = { audio_tokens: 14, text_tokens: 3 };
  const tokens = { type: "tokens", input_tokens: 17, output_tokens: 5, input_token_details: details };
  server.answer(jsonAnswer({ text: "a secret answer", usage: tokens }));
  const file = await OpenAI.toFile(Buffer.from("x"), "x.wav");
  await client.audio.transcriptions.create({ model: "gpt-5", file });
  const points = await figures.collecting.points("gen_ai.client.inference.usage.input_tokens");
  expect(
    Object.fromEntries(
      points.map(({ attributes, value }) => [String(attributes["gen_ai.token.modality"]), value]),
    ),
  ).toEqual({ audio: 14, unknown: 3 });
  expect(points.map(({ attributes }) => attributes["gen_ai.request.model"])).toEqual(["gpt-5", "gpt-5"]);
});

test("embeddings have metrics of their own", async () => {
  const answer = { model: "small", data: [{ index: 0, embedding: [0.1] }], usage: { prompt_tokens: 9 } };
  server.answer(jsonAnswer(answer));
  await client.embeddings.create({ model: "small", input: "x", encoding_format: "float" });
  const attributes = {
    ...request,
    "gen_ai.operation.name": "embeddings",
    "gen_ai.request.model": "small",
    "gen_ai.response.model": "small",
  };
  expect(countOf(await figures.collecting.point("gen_ai.client.embeddings.duration", attributes))).toBe(1);
  const input = await figures.collecting.point("gen_ai.client.embeddings.operation.input_tokens", attributes);
  expect(sumOf(input)).toBe(9);
});

test("each attempt is a call of its own, and errors are those of the client", async () => {
  const busy = jsonAnswer({ error: { message: "slow down" } }, 429);
  server.answer(busy, jsonAnswer(completion));
  await client.chat.completions.create({ model: "gpt-5", messages });
  expect(await figures.calls()).toEqual({ 429: 1, ok: 1 });
  expect(await figures.tokens("input_tokens")).toBe(100);
  server.answer(jsonAnswer({ error: { message: "no" } }, 400));
  await expect(client.chat.completions.create({ model: "gpt-5", messages })).rejects.toBeInstanceOf(
    OpenAI.BadRequestError,
  );
  server.answer((response) => response.destroy());
  await expect(client.chat.completions.create({ model: "gpt-5", messages })).rejects.toBeInstanceOf(
    OpenAI.APIConnectionError,
  );
  server.answer((response) => response.writeHead(200, { "content-type": "application/json" }).end("{"));
  await expect(client.chat.completions.create({ model: "gpt-5", messages })).rejects.toThrow(/JSON/);
  expect(await figures.calls()).toEqual({ 429: 1, ok: 1, 400: 1, TypeError: 2, SyntaxError: 1 });
  expect(await figures.retries()).toEqual([2]);
});

test("nothing is recorded while it is disabled", async () => {
  server.answer(jsonAnswer(completion));
  instrumentation.disable();
  await client.chat.completions.create({ model: "gpt-5", messages });
  expect(await figures.calls()).toEqual({});
});

test("a response that `parse()` refuses has its tokens, and one that the application reads has its duration", async () => {
  const message = { role: "assistant", content: "a secret answer, no JSON" };
  server.answer(jsonAnswer({ ...completion, choices: [{ index: 0, finish_reason: "stop", message }] }));
  const schema = { name: "x", schema: { type: "object" }, strict: true };
  const response_format = zodLike(schema);
  await expect(client.chat.completions.parse({ model: "gpt-5", messages, response_format })).rejects.toThrow(
    /JSON/,
  );
  expect(await figures.tokens("input_tokens")).toBe(100);
  const response = await client.chat.completions.create({ model: "gpt-5", messages }).asResponse();
  expect(await response.json()).toMatchObject({ usage });
  expect(await figures.tokens("input_tokens")).toBe(100);
  expect(await figures.calls()).toEqual({ ok: 2 });
  expect(await figures.leaks()).toEqual([]);
});

test("an unhandled rejection of `asResponse()` stays unhandled", async () => {
  server.answer(jsonAnswer({}, 400));
  const unhandled = await unhandledDuring(async (rejections) => {
    void client.chat.completions.create({ model: "gpt-5", messages }).asResponse();
    await expect.poll(() => rejections.length).toBe(1);
  });
  expect(unhandled).toEqual([expect.any(OpenAI.BadRequestError)]);
});

// A format as the client's helper for Zod makes it.
function zodLike(schema: { readonly name: string; readonly schema: Record<string, unknown> }) {
  const format = { type: "json_schema" as const, json_schema: schema };
  return Object.defineProperties(format, {
    $brand: { value: "auto-parseable-response-format" },
    $parseRaw: { value: (content: string): unknown => JSON.parse(content) },
  });
}
