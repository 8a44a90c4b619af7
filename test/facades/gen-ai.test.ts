import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { GenAi, type GenAiOptions, type GenAiUsage } from "tachymeter/facades";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { countOf, sumOf } from "../instrumentations/histogram-figures.ts";
import { anything } from "./anything.ts";
import { callWith } from "./call-with.ts";
import { runs } from "../kit/test-length.ts";

let collecting: Collecting;

beforeEach(() => {
  collecting = collectingProvider();
});

function genAi(options: GenAiOptions = {}): GenAi {
  return new GenAi({ ...options, meterProvider: collecting.provider });
}

const OPENAI = { provider: "openai", requestModel: "gpt-5" };
const ATTRIBUTES = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-5",
};
const RESPONSE = { ...ATTRIBUTES, "gen_ai.response.model": "gpt-5-2026-08-01" };
const UNKNOWN = { ...RESPONSE, "gen_ai.token.modality": "unknown" };

test("a call of a model has its duration, tokens of each kind, and the reason of its end", async () => {
  const ai = genAi();
  ai.operation(OPENAI).ended({
    responseModel: "gpt-5-2026-08-01",
    inputTokens: 100,
    cachedTokens: 60,
    cacheWriteTokens: 10,
    outputTokens: 50,
    reasoningTokens: 20,
    finishReason: "stop",
  });
  const usage = (name: string) => collecting.point(`gen_ai.client.inference.usage.${name}`, UNKNOWN);
  expect(await usage("input_tokens")).toBe(100);
  expect(await usage("cache_read.input_tokens")).toBe(60);
  expect(await usage("cache_write.input_tokens")).toBe(10);
  expect(await usage("output_tokens")).toBe(50);
  expect(await usage("reasoning.output_tokens")).toBe(20);
  expect(countOf(await collecting.point("gen_ai.client.inference.duration", RESPONSE))).toBe(1);
  expect(sumOf(await collecting.point("gen_ai.client.inference.operation.input_tokens", RESPONSE))).toBe(100);
  expect(sumOf(await collecting.point("gen_ai.client.inference.operation.output_tokens", RESPONSE))).toBe(50);
  const ended = { ...RESPONSE, "llm.finish_reason": "stop" };
  expect(await collecting.point("llm.responses", ended)).toBe(1);
});

test("tokens without a report are absent, and those of audio are apart", async () => {
  genAi()
    .operation(OPENAI)
    .ended({ inputTokens: 30, audioTokens: { input: 25 } });
  expect(await collecting.points("gen_ai.client.inference.usage.output_tokens")).toEqual([]);
  const input = await collecting.points("gen_ai.client.inference.usage.input_tokens");
  expect(input.map(({ attributes, value }) => [attributes["gen_ai.token.modality"], value])).toEqual([
    ["audio", 25],
    ["unknown", 5],
  ]);
});

test("a streamed response has the time to its first chunk, and that of each further one", async () => {
  const operation = genAi().operation(OPENAI);
  await sleep(30);
  operation.firstChunk();
  operation.firstChunk();
  await sleep(20);
  operation.chunk();
  operation.chunk();
  operation.ended();
  operation.chunk();
  operation.ended();
  operation.failed(new Error("late"));
  const first = await collecting.point("gen_ai.client.inference.time_to_first_chunk", ATTRIBUTES);
  expect(countOf(first)).toBe(1);
  expect(sumOf(first)).toBeGreaterThan(0.028);
  const next = await collecting.point("gen_ai.client.inference.time_per_output_chunk", ATTRIBUTES);
  expect(countOf(next)).toBe(2);
  expect(sumOf(next)).toBeGreaterThan(0.018);
  expect(countOf(await collecting.point("gen_ai.client.inference.duration", ATTRIBUTES))).toBe(1);
});

test("a failure has the status of the response, or the type of the error", async () => {
  const ai = genAi();
  ai.operation(OPENAI).failed(Object.assign(new Error("slow down"), { status: 429 }));
  ai.operation(OPENAI).failed(new TypeError("fetch failed"));
  const points = await collecting.points("gen_ai.client.inference.duration");
  expect(points.map(({ attributes }) => attributes["error.type"])).toEqual(["429", "TypeError"]);
});

test("an attempt that repeats a failed one is counted when it ends", async () => {
  const ai = genAi();
  ai.operation(OPENAI).failed(Object.assign(new Error("slow down"), { status: 429 }));
  const repeated = ai.operation({ ...OPENAI, isRetry: true });
  expect(await collecting.points("llm.retries")).toEqual([]);
  repeated.failed(Object.assign(new Error("slow down"), { status: 429 }));
  repeated.ended();
  ai.operation({ ...OPENAI, isRetry: true }).ended();
  expect(await collecting.point("llm.retries", ATTRIBUTES)).toBe(2);
});

test("embeddings, tools, agents and served models have metrics of their own", async () => {
  const ai = genAi();
  ai.operation({ ...OPENAI, operation: "embeddings" }).ended({ inputTokens: 8 });
  expect(ai.tool("search", () => 7)).toBe(7);
  await expect(ai.tool("search", () => Promise.reject(new RangeError("none")))).rejects.toThrow("none");
  expect(await ai.agent("planner", async () => "plan")).toBe("plan");
  const served = ai.served({ provider: "own", requestModel: "small" });
  served.chunk();
  served.chunk();
  served.ended();
  const embedded = { ...ATTRIBUTES, "gen_ai.operation.name": "embeddings" };
  expect(countOf(await collecting.point("gen_ai.client.embeddings.duration", embedded))).toBe(1);
  expect(sumOf(await collecting.point("gen_ai.client.embeddings.operation.input_tokens", embedded))).toBe(8);
  const tool = { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search" };
  expect(countOf(await collecting.point("gen_ai.execute_tool.duration", tool))).toBe(1);
  const failed = { ...tool, "error.type": "RangeError" };
  expect(countOf(await collecting.point("gen_ai.execute_tool.duration", failed))).toBe(1);
  const agent = { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner" };
  expect(countOf(await collecting.point("gen_ai.invoke_agent.duration", agent))).toBe(1);
  const own = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "own",
    "gen_ai.request.model": "small",
  };
  for (const name of ["request.duration", "time_to_first_token", "time_per_output_token"])
    expect(countOf(await collecting.point(`gen_ai.server.${name}`, own))).toBe(1);
});

test("a call costs what the prices of its model are, and nothing is recorded without them", async () => {
  const price = { input: 2, cachedInput: 0.5, output: 8 };
  const ai = genAi({ prices: { "gpt-5": price, "gpt-5-2026-08-01": { ...price, currency: "EUR" } } });
  const usage: GenAiUsage = { inputTokens: 1_000_000, cachedTokens: 400_000, outputTokens: 250_000 };
  ai.operation(OPENAI).ended(usage);
  ai.operation(OPENAI).ended({ ...usage, responseModel: "gpt-5-2026-08-01" });
  ai.operation({ provider: "openai", requestModel: "gpt-6" }).ended(usage);
  ai.operation({ provider: "openai", requestModel: "constructor" }).ended(usage);
  // 0.6 M at 2, 0.4 M at 0.5, 0.25 M at 8.
  const cost = 1.2 + 0.2 + 2;
  expect(await collecting.point("llm.cost", { ...ATTRIBUTES, currency: "USD" })).toBeCloseTo(cost, 9);
  expect(await collecting.point("llm.cost", { ...RESPONSE, currency: "EUR" })).toBeCloseTo(cost, 9);
  expect(await collecting.points("llm.cost")).toHaveLength(2);
});

test("names are bounded", async () => {
  const ai = genAi({ maxNames: 2 });
  for (const requestModel of ["a", "b", "c", "d"]) ai.operation({ provider: "p", requestModel }).ended();
  for (const name of ["x", "y", "z"]) ai.tool(name, () => {});
  const values = async (metric: string, key: string) =>
    (await collecting.points(metric)).map(({ attributes }) => attributes[key]);
  expect(await values("gen_ai.client.inference.duration", "gen_ai.request.model")).toEqual([
    "a",
    "b",
    "_other",
  ]);
  expect(await values("gen_ai.execute_tool.duration", "gen_ai.tool.name")).toEqual(["x", "y", "_other"]);
});

test("no call throws, whatever its arguments, and what is valid is recorded", async () => {
  const ai = genAi();
  let calls = 0;
  fc.assert(
    fc.property(anything(), anything(), (makeGiven, makeOther) => {
      const [given, other] = [makeGiven(), makeOther()];
      for (const request of [
        given,
        { provider: given, operation: other, requestModel: given, serverPort: other },
      ]) {
        const operation = Object(callWith(ai, "operation", request));
        callWith(operation, "ended", other);
        callWith(Object(callWith(ai, "served", request)), "failed", other);
      }
      const operation = ai.operation(OPENAI);
      callWith(operation, "ended", {
        inputTokens: given,
        outputTokens: 1,
        audioTokens: other,
        finishReason: other,
      });
      callWith(ai.operation(OPENAI), "failed", given);
      callWith(ai, "tool", given, () => {});
      calls++;
    }),
    { numRuns: runs(300) },
  );
  const output = await collecting.points("gen_ai.client.inference.usage.output_tokens");
  expect(output.reduce((sum, { value }) => sum + Number(value), 0)).toBe(calls);
  expect(() => callWith(ai, "tool", "search", 7)).toThrow(TypeError);
});

test("no prompt, response, argument or key is recorded", async () => {
  const secret = "sk-very-secret";
  const ai = genAi();
  const error = Object.assign(new Error(secret), {
    status: 401,
    headers: { authorization: secret },
    prompt: secret,
  });
  const request = { ...OPENAI, prompt: secret, apiKey: secret, messages: [{ content: secret }] };
  ai.operation(request).failed(error);
  callWith(ai.operation(request), "ended", { inputTokens: 1, text: secret, choices: [secret] });
  expect(ai.tool("search", () => secret)).toBe(secret);
  await expect(ai.agent("planner", async () => Promise.reject(error))).rejects.toBe(error);
  ai.served(request).failed(new Error(secret));
  expect(JSON.stringify(await collecting.collect())).not.toContain(secret);
});

test.each([
  { maxNames: 0 },
  { prices: { "gpt-5": { input: 1 } } },
  { prices: { "gpt-5": { input: -1, output: 1 } } },
  { prices: { "gpt-5": { input: 1, output: 1, currency: "dollar" } } },
  { prices: { "gpt-5": { input: 1, output: 1, inptu: 3 } } },
])("$0 is refused", (options) => {
  expect(() => Reflect.construct(GenAi, [options])).toThrow(/must be/);
});
