import { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, test, type TestContext, vi } from "vitest";
import { langchain } from "../../../instrumentations/langchain/index.ts";
import { begin } from "../../../instrumentations/langchain/instrumentation.ts";
import { openai as openAiPackage } from "../../../instrumentations/openai/index.ts";
import { begin as beginOpenAi } from "../../../instrumentations/openai/instrumentation.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { jsonAnswer, ModelServer, streamAnswer } from "../model-server.ts";

/** The part of LangChain that the tests use. */
interface Model {
  invoke(input: string, options?: object): Promise<{ readonly content: unknown }>;
  stream(input: string): Promise<AsyncIterable<{ readonly content: unknown }>>;
}

interface Tool {
  invoke(input: object): Promise<unknown>;
}

const instrumentation = instrumentationOf(langchain, begin, {});
const ofClient = instrumentationOf(openAiPackage, beginOpenAi, {});
const require = createRequire(import.meta.url);
// Required after the instrumentations are enabled.
const { ChatOpenAI }: { ChatOpenAI: new (options: object) => Model } = require("@langchain/openai");
const {
  BaseChatModel,
}: { BaseChatModel: new (options: object) => Model } = require("@langchain/core/language_models/chat_models");
const { AIMessage }: { AIMessage: new (fields: object) => object } = require("@langchain/core/messages");
const {
  tool,
}: { tool: (execute: () => unknown, options: object) => Tool } = require("@langchain/core/tools");
const server = await ModelServer.start();
const options = {
  model: "gpt-5",
  apiKey: "sk-secret",
  maxRetries: 0,
  streamUsage: true,
  configuration: { baseURL: `${server.url}/v1` },
};
const model = new ChatOpenAI(options);

let collecting: Collecting;

beforeEach(() => {
  collecting = collectingProvider();
  for (const each of [instrumentation, ofClient]) each.setMeterProvider(collecting.provider);
  instrumentation.enable();
  ofClient.disable();
});

afterEach(() => {
  instrumentation.disable();
  ofClient.disable();
});

const tokens = async (name: string): Promise<unknown> => {
  const points = await collecting.points(`gen_ai.client.inference.usage.${name}`);
  return points.reduce((sum, { value }) => sum + Number(value), 0);
};

const calls = async (): Promise<unknown> =>
  (await collecting.points("gen_ai.client.inference.duration")).map(({ attributes, value }) => [
    attributes["gen_ai.provider.name"],
    attributes["gen_ai.request.model"],
    attributes["gen_ai.response.model"],
    attributes["error.type"] ?? attributes["server.port"] ?? "ok",
    countOf(value),
  ]);

const usage = {
  prompt_tokens: 100,
  completion_tokens: 40,
  total_tokens: 140,
  prompt_tokens_details: { cached_tokens: 64 },
  completion_tokens_details: { reasoning_tokens: 8 },
};
const completion = {
  id: "1",
  model: "gpt-5-2026",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "a secret answer" } }],
  usage,
};
const streamed = {
  id: "1",
  model: "gpt-5-2026",
  choices: [{ index: 0, delta: { role: "assistant", content: "a" } }],
};
const chunks = [
  streamed,
  streamed,
  { ...streamed, choices: [{ index: 0, delta: {}, finish_reason: "length" }] },
  { ...streamed, choices: [], usage },
  "[DONE]",
];

async function textOf(stream: AsyncIterable<{ readonly content: unknown }>): Promise<string> {
  let text = "";
  for await (const { content } of stream) text += String(content);
  return text;
}

test("a call has the tokens that the provider reports", async () => {
  server.answer(jsonAnswer(completion));
  expect((await model.invoke("a secret prompt")).content).toBe("a secret answer");
  expect(await calls()).toEqual([["openai", "gpt-5", "gpt-5-2026", "ok", 1]]);
  expect(await tokens("input_tokens")).toBe(100);
  expect(await tokens("cache_read.input_tokens")).toBe(64);
  expect(await tokens("output_tokens")).toBe(40);
  expect(await tokens("reasoning.output_tokens")).toBe(8);
  expect(JSON.stringify(await collecting.collect())).not.toMatch(/secret/);
});

test("a stream has its chunks and the sum of their tokens, one that is left has none", async () => {
  server.answer(streamAnswer(chunks));
  expect(await textOf(await model.stream("a secret prompt"))).toBe("aa");
  expect(await tokens("input_tokens")).toBe(100);
  expect(await tokens("output_tokens")).toBe(40);
  const [first] = await collecting.points("gen_ai.client.inference.time_to_first_chunk");
  expect(countOf(first?.value)).toBe(1);
  for await (const { content } of await model.stream("x")) if (content !== undefined) break;
  expect(await tokens("input_tokens")).toBe(100);
});

test("failures have the status of the response", async () => {
  server.answer(jsonAnswer({ error: { message: "a secret" } }, 400));
  await expect(model.invoke("x")).rejects.toThrow(/400/);
  await expect(async () => textOf(await model.stream("x"))).rejects.toThrow(/400/);
  expect(await calls()).toEqual([["openai", "gpt-5", undefined, "400", 2]]);
});

test("if the client is instrumented, it records the call, with its server", async () => {
  ofClient.enable();
  server.answer(jsonAnswer(completion), streamAnswer(chunks));
  await model.invoke("x");
  await textOf(await model.stream("x"));
  expect(await calls()).toEqual([["openai", "gpt-5", "gpt-5-2026", server.port, 2]]);
  expect(await tokens("input_tokens")).toBe(200);
  expect(await tokens("output_tokens")).toBe(80);
});

/** A model without a client, whose calls take the chunks of their own streams. */
class OwnModel extends BaseChatModel {
  readonly ended = vi.fn<() => void>();

  _llmType(): string {
    return "own";
  }

  async _generate(): Promise<object> {
    const generations = [];
    for await (const message of this.chunks()) generations.push({ text: "x", message });
    return { generations };
  }

  async *_streamResponseChunks(): AsyncGenerator {
    try {
      yield new AIMessage({ content: "x", usage_metadata: { input_tokens: 10 } });
    } finally {
      this.ended();
    }
  }

  chunks(): AsyncGenerator {
    return this["_streamResponseChunks"]();
  }
}

test("a call that takes the chunks of its own stream is counted once", async () => {
  await new OwnModel({}).invoke("x");
  const [point, ...others] = await collecting.points("gen_ai.client.inference.duration");
  expect([countOf(point?.value), others]).toEqual([1, []]);
});

test("calls that wait for others are counted once", async () => {
  ofClient.enable();
  server.answer(jsonAnswer(completion));
  const queued = new ChatOpenAI({ ...options, maxConcurrency: 1 });
  await Promise.all(["a", "b", "c"].map((input) => queued.invoke(input)));
  expect(await calls()).toEqual([["openai", "gpt-5", "gpt-5-2026", server.port, 3]]);
});

test("a stream into which the application throws ends what it reads from", async () => {
  const own = new OwnModel({});
  await own.invoke("x");
  const stream = own.chunks();
  await stream.next();
  await expect(stream.throw(new RangeError("enough"))).rejects.toThrow(RangeError);
  expect(own.ended).toHaveBeenCalledTimes(2);
});

test("a facade that cannot be made does not disturb the application", async () => {
  const fail = (): never => {
    throw new RangeError("no facade");
  };
  const broken = instrumentationOf(langchain, begin, { genAi: fail });
  instrumentation.disable();
  broken.enable();
  const logged = vi.spyOn(diag, "error").mockReturnValue();
  server.answer(jsonAnswer(completion), streamAnswer(chunks));
  expect((await model.invoke("x")).content).toBe("a secret answer");
  expect(await textOf(await model.stream("x"))).toBe("aa");
  expect(logged).toHaveBeenCalledTimes(1);
  broken.disable();
});

test("tools have their times and failures", async () => {
  const schema = { type: "object", properties: {} };
  const weather = tool(() => "a secret", { name: "weather", description: "x", schema });
  const broken = tool(() => Promise.reject(new RangeError("a secret")), {
    name: "broken",
    description: "x",
    schema,
  });
  expect(await weather.invoke({})).toBe("a secret");
  await expect(broken.invoke({})).rejects.toThrow(RangeError);
  const points = await collecting.points("gen_ai.execute_tool.duration");
  expect(points.map(({ attributes }) => [attributes["gen_ai.tool.name"], attributes["error.type"]])).toEqual([
    ["weather", undefined],
    ["broken", "RangeError"],
  ]);
});

// With the oldest `@langchain/core`, the newest packages that `langchain` brings cannot be loaded.
function needsAgents(context: TestContext): void {
  try {
    expect(require("langchain")).toBeDefined();
  } catch (error) {
    context.skip(`langchain cannot be loaded: ${String(error)}`);
  }
}

test("agents have their times and failures, and the tools and models that they use", async (context) => {
  needsAgents(context);
  const { createAgent }: { createAgent: (options: object) => Tool } = require("langchain");
  const weather = tool(async () => "sun", { name: "weather", description: "x", schema: { type: "object" } });
  const call = { id: "a", type: "function", function: { name: "weather", arguments: "{}" } };
  const asks = { role: "assistant", content: null, tool_calls: [call] };
  const agent = createAgent({ model, tools: [weather], name: "forecaster" });
  const messages = [{ role: "user", content: "a secret prompt" }];
  const [choice] = completion.choices;
  server.answer(
    jsonAnswer({ ...completion, choices: [{ ...choice, message: asks, finish_reason: "tool_calls" }] }),
    jsonAnswer(completion),
    jsonAnswer({ error: { message: "too many" } }, 429),
  );
  await agent.invoke({ messages });
  await expect(agent.invoke({ messages })).rejects.toThrow("too many");
  await expect(createAgent({ model, tools: [] }).invoke({ messages })).rejects.toThrow("too many");
  const points = await collecting.points("gen_ai.invoke_agent.duration");
  expect(
    points.map(({ attributes, value }) => [
      attributes["gen_ai.agent.name"],
      attributes["error.type"],
      countOf(value),
    ]),
  ).toEqual([
    ["forecaster", undefined, 1],
    ["forecaster", expect.any(String), 1],
    ["LangGraph", expect.any(String), 1],
  ]);
  const ofTool = { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "weather" };
  expect(countOf(await collecting.point("gen_ai.execute_tool.duration", ofTool))).toBe(1);
  expect(await calls()).toEqual([
    ["openai", "gpt-5", "gpt-5-2026", "ok", 2],
    ["openai", "gpt-5", undefined, "429", 2],
  ]);
  expect(JSON.stringify(await collecting.collect())).not.toMatch(/secret/);
});

test("an agent's streamed run lasts until its stream ends or is left, and fails with it", async (context) => {
  interface Streaming {
    stream(input: object): Promise<AsyncIterable<unknown>>;
    streamEvents(input: object, options: object): AsyncIterable<unknown>;
  }
  needsAgents(context);
  const { createAgent }: { createAgent: (options: object) => Streaming } = require("langchain");
  const agent = createAgent({ model, tools: [], name: "streamer" });
  const messages = [{ role: "user", content: "a secret prompt" }];
  const chunksOf = async (stream: AsyncIterable<unknown>): Promise<number> => {
    let count = 0;
    for await (const _ of stream) count++;
    return count;
  };
  const tooMany = jsonAnswer({ error: { message: "too many" } }, 429);
  server.answer(jsonAnswer(completion), streamAnswer(chunks), jsonAnswer(completion), tooMany);
  expect(await chunksOf(await agent.stream({ messages }))).toBeGreaterThan(0);
  expect(await chunksOf(agent.streamEvents({ messages }, { version: "v2" }))).toBeGreaterThan(0);
  for await (const _ of await agent.stream({ messages })) break;
  await expect(async () => chunksOf(await agent.stream({ messages }))).rejects.toThrow("too many");
  const points = await collecting.points("gen_ai.invoke_agent.duration");
  expect(points.map(({ attributes, value }) => [attributes["error.type"], countOf(value)])).toEqual([
    [undefined, 3],
    [expect.any(String), 1],
  ]);
});

test("an agent's run by version 3 of `streamEvents` lasts until its output is there, and a call that throws does so", async (context) => {
  type Run = Promise<{ readonly output: Promise<unknown> }>;
  interface Streaming {
    streamEvents(input: object, options: object): Run;
  }
  needsAgents(context);
  const { createAgent }: { createAgent: (options: object) => Streaming } = require("langchain");
  const agent = createAgent({ model, tools: [], name: "streamer" });
  const messages = [{ role: "user", content: "a secret prompt" }];
  server.answer(streamAnswer(chunks), jsonAnswer({ error: { message: "too many" } }, 429));
  const run = await agent.streamEvents({ messages }, { version: "v3" });
  expect(await collecting.points("gen_ai.invoke_agent.duration")).toEqual([]);
  await run.output;
  const failing = await agent.streamEvents({ messages }, { version: "v3" });
  await expect(failing.output).rejects.toThrow("too many");
  const points = await collecting.points("gen_ai.invoke_agent.duration");
  expect(points.map(({ attributes, value }) => [attributes["error.type"], countOf(value)])).toEqual([
    [undefined, 1],
    [expect.any(String), 1],
  ]);
  const hostile = {
    get version(): string {
      throw new Error("unreadable");
    },
  };
  expect(() => agent.streamEvents({ messages }, hostile)).toThrow("unreadable");
});

test("nothing is recorded while it is disabled", async () => {
  server.answer(jsonAnswer(completion));
  instrumentation.disable();
  await model.invoke("x");
  expect(await calls()).toEqual([]);
});
