import { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { aiSdk } from "../../../instrumentations/ai-sdk/index.ts";
import { begin } from "../../../instrumentations/ai-sdk/instrumentation.ts";
import { openai as openAiPackage } from "../../../instrumentations/openai/index.ts";
import { begin as beginOpenAi } from "../../../instrumentations/openai/instrumentation.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { countOf, sumOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { type Answer, jsonAnswer, ModelServer, streamAnswer } from "../model-server.ts";

const instrumentations = [
  instrumentationOf(aiSdk, begin, {}),
  instrumentationOf(openAiPackage, beginOpenAi, {}),
];
const require = createRequire(import.meta.url);
// Required after the instrumentations are enabled.
const ai: typeof import("ai") = require("ai");
const { createOpenAI }: typeof import("@ai-sdk/openai") = require("@ai-sdk/openai");
const { OpenAI }: typeof import("openai") = require("openai");
const server = await ModelServer.start();
const baseURL = `${server.url}/v1`;
const provider = createOpenAI({ apiKey: "sk-secret", baseURL });
const model = provider.chat("gpt-5");
const prompt = "a secret prompt";

Reflect.set(globalThis, "AI_SDK_LOG_WARNINGS", false);

let collecting: Collecting;

beforeEach(() => {
  collecting = collectingProvider();
  for (const each of instrumentations) {
    each.setMeterProvider(collecting.provider);
    each.enable();
  }
});

afterEach(() => {
  Reflect.deleteProperty(globalThis, "AI_SDK_DEFAULT_PROVIDER");
  for (const each of instrumentations) each.disable();
});

const REQUEST = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-5",
};
const RESPONSE = { ...REQUEST, "gen_ai.response.model": "gpt-5-2026" };

const tokens = (name: string): Promise<unknown> =>
  collecting.point(`gen_ai.client.inference.usage.${name}`, {
    ...RESPONSE,
    "gen_ai.token.modality": "unknown",
  });

const calls = async (name = "gen_ai.client.inference.duration"): Promise<unknown> =>
  Object.fromEntries(
    (await collecting.points(name)).map(({ attributes, value }) => [
      attributes["error.type"] ?? "ok",
      countOf(value),
    ]),
  );

const usage = {
  prompt_tokens: 100,
  completion_tokens: 40,
  total_tokens: 140,
  prompt_tokens_details: { cached_tokens: 64 },
  completion_tokens_details: { reasoning_tokens: 8 },
};
const completion = {
  id: "1",
  created: 1,
  model: "gpt-5-2026",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "a secret answer" } }],
  usage,
};
const streamed = (content: string) => ({
  id: "1",
  created: 1,
  model: "gpt-5-2026",
  choices: [{ index: 0, delta: { role: "assistant", content } }],
});
const last = {
  ...streamed(""),
  choices: [{ index: 0, delta: {}, finish_reason: "length" }],
};
const chunks = [60, streamed("a"), 30, streamed("b"), last, { ...last, choices: [], usage }, "[DONE]"];

test("a generated text has the tokens that the provider reports", async () => {
  server.answer(jsonAnswer(completion));
  expect((await ai.generateText({ model, prompt })).text).toBe("a secret answer");
  expect(await calls()).toEqual({ ok: 1 });
  expect(await tokens("input_tokens")).toBe(100);
  expect(await tokens("cache_read.input_tokens")).toBe(64);
  expect(await tokens("output_tokens")).toBe(40);
  expect(await tokens("reasoning.output_tokens")).toBe(8);
  expect(await collecting.point("llm.responses", { ...RESPONSE, "llm.finish_reason": "stop" })).toBe(1);
  expect(JSON.stringify(await collecting.collect())).not.toMatch(/secret/);
});

test("a streamed text has the times of its chunks, and its usage", async () => {
  server.answer(streamAnswer(chunks));
  let text = "";
  for await (const part of ai.streamText({ model, prompt }).textStream) text += part;
  expect(text).toBe("ab");
  const first = await collecting.point("gen_ai.client.inference.time_to_first_chunk", REQUEST);
  expect(sumOf(first)).toBeGreaterThan(0.055);
  expect(countOf(await collecting.point("gen_ai.client.inference.time_per_output_chunk", REQUEST))).toBe(1);
  expect(await tokens("input_tokens")).toBe(100);
  expect(await collecting.point("llm.responses", { ...RESPONSE, "llm.finish_reason": "length" })).toBe(1);
});

test("a stream that is left has no tokens", async () => {
  server.answer(streamAnswer([streamed("a"), streamed("b"), 5_000]));
  const abort = new AbortController();
  for await (const text of ai.streamText({ model, prompt, abortSignal: abort.signal }).textStream)
    if (text !== "") break;
  abort.abort();
  await expect.poll(calls).not.toEqual({});
  expect(await collecting.points("gen_ai.client.inference.usage.output_tokens")).toEqual([]);
});

test("each step is a call, and the tools between them have their times and failures", async () => {
  const asks = {
    ...completion,
    choices: [
      {
        index: 0,
        finish_reason: "tool_calls",
        message: {
          role: "assistant",
          content: null,
          tool_calls: [
            { id: "a", type: "function", function: { name: "weather", arguments: '{"city":"secret"}' } },
            { id: "b", type: "function", function: { name: "broken", arguments: "{}" } },
          ],
        },
      },
    ],
  };
  server.answer(jsonAnswer(asks), jsonAnswer(completion));
  const inputSchema = ai.jsonSchema<object>({ type: "object" });
  const fail = async (): Promise<string> => {
    throw new RangeError("secret");
  };
  await ai.generateText({
    model,
    prompt,
    stopWhen: ai.stepCountIs(3),
    tools: {
      weather: ai.tool({ inputSchema, execute: async () => "a secret result" }),
      broken: ai.tool({ inputSchema, execute: fail }),
    },
  });
  expect(await calls()).toEqual({ ok: 2 });
  expect(await tokens("input_tokens")).toBe(200);
  const tools = await collecting.points("gen_ai.execute_tool.duration");
  expect(tools.map(({ attributes }) => [attributes["gen_ai.tool.name"], attributes["error.type"]])).toEqual([
    ["weather", undefined],
    ["broken", "RangeError"],
  ]);
  expect(JSON.stringify(await collecting.collect())).not.toMatch(/secret/);
});

test("objects, embeddings and models of agents are seen", async () => {
  server.answer(
    jsonAnswer({ ...completion, choices: [{ index: 0, finish_reason: "stop", message: { content: "{}" } }] }),
  );
  const schema = ai.jsonSchema({ type: "object" });
  expect((await ai.generateObject({ model, prompt, schema })).object).toEqual({});
  server.answer(streamAnswer([streamed("{}"), last, { ...last, choices: [], usage }, "[DONE]"]));
  for await (const part of ai.streamObject({ model, prompt, schema }).partialObjectStream)
    expect(part).toEqual({});
  expect(await tokens("input_tokens")).toBe(200);
  const agent = new (ai.ToolLoopAgent ?? ai.Experimental_Agent)({ model: provider.chat("gpt-5") });
  server.answer(jsonAnswer(completion));
  await agent.generate({ prompt });
  expect(await tokens("input_tokens")).toBe(300);
  server.answer(jsonAnswer({ model: "small", data: [{ embedding: [0.1] }], usage: { prompt_tokens: 9 } }));
  await ai.embed({ model: provider.embedding("small"), value: "x" });
  await ai.embedMany({ model: provider.embedding("small"), values: ["x"] });
  const [embedded] = await collecting.points("gen_ai.client.embeddings.operation.input_tokens");
  expect(sumOf(embedded?.value)).toBe(18);
});

// So that the AI SDK does not wait for seconds.
const busy: Answer = (response) =>
  response
    .writeHead(503, { "content-type": "application/json", "retry-after-ms": "1" })
    .end('{"error":{"message":"busy"}}');

test("each attempt is a call of its own, with the status of its failure", async () => {
  server.answer(busy, jsonAnswer(completion));
  await ai.generateText({ model, prompt, maxRetries: 1 });
  expect(await calls()).toEqual({ 503: 1, ok: 1 });
  expect((await collecting.points("llm.retries")).map(({ value }) => value)).toEqual([1]);
  server.answer(jsonAnswer({ error: { message: "no" } }, 400));
  await expect(ai.generateText({ model, prompt })).rejects.toMatchObject({ statusCode: 400 });
  expect(await calls()).toEqual({ 503: 1, ok: 1, 400: 1 });
});

test("a call whose provider uses an instrumented client is counted once, as the client knows it", async () => {
  const client = new OpenAI({ apiKey: "sk-secret", baseURL, maxRetries: 1 });
  // A provider that sends its requests by the package `openai`.
  const viaClient = ai.wrapLanguageModel({
    model,
    middleware: {
      specificationVersion: "v3",
      async wrapGenerate() {
        const { choices } = await client.chat.completions.create({
          model: "gpt-5",
          messages: [{ role: "user", content: prompt }],
        });
        return {
          content: [{ type: "text", text: choices[0]?.message.content ?? "" }],
          finishReason: { unified: "stop", raw: "stop" },
          usage: {
            inputTokens: { total: 100, noCache: 100, cacheRead: 0, cacheWrite: 0 },
            outputTokens: { total: 40, text: 40, reasoning: 0 },
          },
          warnings: [],
        };
      },
    },
  });
  server.answer(busy, jsonAnswer(completion));
  const [first, second] = await Promise.all([
    ai.generateText({ model: viaClient, prompt }),
    ai.generateText({ model, prompt }),
  ]);
  expect([first.text, second.text]).toEqual(["a secret answer", "a secret answer"]);
  const points = await collecting.points("gen_ai.client.inference.duration");
  const ofClient = points.filter(({ attributes }) => attributes["server.port"] === server.port);
  expect(ofClient.map(({ attributes }) => attributes["error.type"])).toContain(undefined);
  expect(points.reduce((sum, { value }) => sum + (countOf(value) ?? 0), 0)).toBe(3);
  const input = await collecting.points("gen_ai.client.inference.usage.input_tokens");
  expect(input.reduce((sum, { value }) => sum + Number(value), 0)).toBe(200);
});

/** A model of the application that needs no server. */
class OwnModel {
  readonly specificationVersion = "v2";
  readonly provider = "own";
  readonly modelId = "m";
  readonly supportedUrls = {};
  readonly maxEmbeddingsPerCall = 1;
  readonly supportsParallelCalls = true;
  readonly metadata: object;

  constructor(metadata: object = {}) {
    this.metadata = metadata;
  }

  async doGenerate() {
    return {
      content: [{ type: "text", text: "x" }],
      finishReason: "stop",
      usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15, cachedInputTokens: 4 },
      providerMetadata: this.metadata,
      warnings: [],
    };
  }

  async doStream() {
    return {
      stream: new ReadableStream({ start: (controller) => controller.close() }),
      get response(): object {
        throw new RangeError("secret");
      },
    };
  }

  async doEmbed() {
    return { embeddings: [[1]], usage: { tokens: 3 } };
  }
}

test("a wrapped model is one call, and the embeddings that it asks for are another", async () => {
  class Searching extends OwnModel {
    override async doGenerate() {
      await ai.embed({ model: provider.embedding("small"), value: "x" });
      return super.doGenerate();
    }
  }
  const own = Object(new Searching());
  const wrapped = ai.wrapLanguageModel({ model: own, middleware: { specificationVersion: "v3" } });
  server.answer(jsonAnswer({ model: "small", data: [{ embedding: [0.1] }], usage: { prompt_tokens: 9 } }));
  await ai.generateText({ model: wrapped, prompt });
  await ai.generateText({ model: own, prompt });
  await ai.generateText({ model: wrapped, prompt });
  expect(await calls()).toEqual({ ok: 3 });
  expect(await calls("gen_ai.client.embeddings.duration")).toEqual({ ok: 3 });
});

// A provider by which names are looked up. Returns the names.
function namedModels(): readonly string[] {
  const asked: string[] = [];
  const make = (name: string): object => {
    asked.push(name);
    const own = new OwnModel();
    return Object.assign({}, own, { doGenerate: () => own.doGenerate(), doEmbed: () => own.doEmbed() });
  };
  const named = Object.assign(make, { languageModel: make, embeddingModel: make, textEmbeddingModel: make });
  Reflect.set(globalThis, "AI_SDK_DEFAULT_PROVIDER", named);
  return asked;
}

test("models by name are seen, also new objects, and the provider is asked once", async () => {
  const asked = namedModels();
  await ai.generateText({ model: "own/a", prompt });
  await ai.generateText({ model: "own/a", prompt });
  expect(asked).toEqual(["own/a", "own/a"]);
  expect(await calls()).toEqual({ ok: 2 });
});

test("embeddings of models by name are seen, and the provider is asked once", async (context) => {
  const { version }: { version: string } = require("ai/package.json");
  context.skip(version.startsWith("5.0.0"), "this version of the library has no embeddings by name");
  const asked = namedModels();
  await ai.embed({ model: "own/e", value: "x" });
  expect(asked).toEqual(["own/e"]);
  expect(await calls("gen_ai.client.embeddings.duration")).toEqual({ ok: 1 });
});

const inputOf = async (metadata: object): Promise<unknown> => {
  const { provider: meterProvider, points } = (collecting = collectingProvider());
  for (const each of instrumentations) each.setMeterProvider(meterProvider);
  await ai.generateText({ model: Object(new OwnModel(metadata)), prompt });
  return (await points("gen_ai.client.inference.usage.input_tokens")).map(({ value }) => value);
};

test("the input of version 5 has the cached tokens that Anthropic and Bedrock report apart", async () => {
  expect(await inputOf({ openai: {} })).toEqual([10]);
  expect(await inputOf({ anthropic: { cacheCreationInputTokens: 3 } })).toEqual([17]);
  expect(await inputOf({ bedrock: { usage: { cacheWriteInputTokens: 3 } } })).toEqual([17]);
  expect(await inputOf({ bedrock: { usage: { cacheWriteInputTokens: Number.NaN } } })).toEqual([14]);
});

test("a stream is recorded and can be read, also if a field beside it throws", async () => {
  const own = new OwnModel();
  await ai.generateText({ model: Object(own), prompt });
  const result = await own.doStream();
  for await (const part of result.stream) expect(part).toEqual({});
  expect(() => result.response).toThrow(RangeError);
  expect(await calls()).toEqual({ ok: 2 });
});

test("a copied tool has the name of its copy", async () => {
  const weather = ai.tool({ inputSchema: ai.jsonSchema<object>({ type: "object" }), execute: () => "x" });
  const own = Object(new OwnModel());
  await ai.generateText({ model: own, prompt, tools: { weather } });
  const forecast = { ...weather };
  await ai.generateText({ model: own, prompt, tools: { forecast } });
  const options = { toolCallId: "a", messages: [] };
  await forecast.execute?.({}, options);
  await weather.execute?.({}, options);
  const tools = await collecting.points("gen_ai.execute_tool.duration");
  expect(tools.map(({ attributes }) => attributes["gen_ai.tool.name"])).toEqual(["forecast", "weather"]);
});

test("a facade that cannot be made does not disturb the application", async () => {
  const fail = (): never => {
    throw new RangeError("no facade");
  };
  const broken = instrumentationOf(aiSdk, begin, { genAi: fail });
  broken.enable();
  const logged = vi.spyOn(diag, "error").mockReturnValue();
  const weather = ai.tool({ inputSchema: ai.jsonSchema<object>({ type: "object" }), execute: () => "x" });
  const { text } = await ai.generateText({ model: Object(new OwnModel()), prompt, tools: { weather } });
  expect([text, weather.execute?.({}, { toolCallId: "a", messages: [] })]).toEqual(["x", "x"]);
  expect(logged).toHaveBeenCalledTimes(1);
  broken.disable();
});

test("sums of parallel calls are exact, and nothing is recorded while it is disabled", async () => {
  let sum = 0;
  server.answer((response) => {
    const prompt_tokens = 1 + (sum % 977);
    sum += prompt_tokens;
    jsonAnswer({ ...completion, usage: { ...usage, prompt_tokens } })(response, undefined, Object(undefined));
  });
  await Promise.all(Array.from({ length: 50 }, () => ai.generateText({ model, prompt })));
  expect(await tokens("input_tokens")).toBe(sum);
  for (const each of instrumentations) each.disable();
  await ai.generateText({ model, prompt });
  expect(await calls()).toEqual({ ok: 50 });
});
