// Without the library of a provider, calls are followed by their prompts. In a file of its own, since a loaded client is never forgotten.
import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { aiSdk } from "../../../instrumentations/ai-sdk/index.ts";
import { begin } from "../../../instrumentations/ai-sdk/instrumentation.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";

const instrumentation = instrumentationOf(aiSdk, begin, {});
// Required after the instrumentation is enabled.
const require = createRequire(import.meta.url);
const ai: typeof import("ai") = require("ai");
const { version }: { version: string } = require("ai/package.json");
Reflect.set(globalThis, "AI_SDK_LOG_WARNINGS", false);

let collecting: Collecting;

beforeEach(() => {
  collecting = collectingProvider();
  instrumentation.setMeterProvider(collecting.provider);
  instrumentation.enable();
});

afterEach(() => instrumentation.disable());

class Model {
  readonly specificationVersion = "v2";
  readonly provider = "own";
  readonly supportedUrls = {};
  readonly modelId: string;
  readonly fallback: Model | undefined;

  constructor(modelId: string, fallback?: Model) {
    this.modelId = modelId;
    this.fallback = fallback;
  }

  async doGenerate(options: unknown): Promise<unknown> {
    await setImmediate();
    if (this.fallback !== undefined) return this.fallback.doGenerate(options);
    return {
      content: [{ type: "text", text: "x" }],
      finishReason: "stop",
      usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
      warnings: [],
    };
  }
}

const generate = (model: object): Promise<unknown> =>
  ai.generateText({ model: Object(model), prompt: "a secret prompt" });

const models = async (kind = "inference"): Promise<unknown> =>
  Object.fromEntries(
    (await collecting.points(`gen_ai.client.${kind}.duration`)).map(({ attributes, value }) => [
      attributes["gen_ai.request.model"],
      countOf(value),
    ]),
  );

test("a model that asks another one is one call, also among parallel ones", async () => {
  await Promise.all([
    generate(new Model("router", new Model("fast"))),
    generate(new Model("fast")),
    generate(new Model("slow")),
  ]);
  expect(await models()).toEqual({ fast: 2, slow: 1 });
});

/** A model of embeddings without a limit, which gets the application's own list of values. */
class Embedding {
  readonly specificationVersion = "v2";
  readonly provider = "own";
  readonly maxEmbeddingsPerCall = undefined;
  readonly supportsParallelCalls = true;
  readonly modelId: string;
  readonly fallback: Embedding | undefined;
  failures = 0;

  constructor(modelId: string, fallback?: Embedding) {
    this.modelId = modelId;
    this.fallback = fallback;
  }

  async doEmbed(options: unknown): Promise<unknown> {
    await setImmediate();
    if (this.failures > 0) {
      this.failures--;
      // So that the AI SDK does not wait for seconds.
      const responseHeaders = { "retry-after-ms": "1" };
      const request = { message: "busy", url: "", requestBodyValues: {} };
      throw new ai.APICallError({ ...request, statusCode: 503, responseHeaders });
    }
    if (this.fallback !== undefined) return this.fallback.doEmbed(options);
    return { embeddings: [[1]], usage: { tokens: 3 } };
  }
}

const embed = (model: object, values: string[], maxRetries = 1): Promise<unknown> =>
  ai.embedMany({ model: Object(model), values, maxRetries });

test("parallel embeddings of one list are calls of their own, and a model that asks another one is one call", async () => {
  const values = ["x"];
  const small = new Embedding("small");
  const inner = new Embedding("wrapped");
  const wrapped = Object.assign({}, inner, { doEmbed: (options: object) => inner.doEmbed({ ...options }) });
  await Promise.all([
    embed(new Embedding("large"), values),
    embed(small, values),
    embed(small, values),
    embed(new Embedding("router", new Embedding("fast")), values),
    embed(wrapped, values),
    embed(wrapped, values),
  ]);
  expect(await models("embeddings")).toEqual({ large: 1, small: 2, fast: 1, wrapped: 2 });
});

test("after a failed call, another one with the same list of values does not count as its retry", async (context) => {
  const retries = async (): Promise<unknown> =>
    (await collecting.points("llm.retries")).map(({ value }) => value);
  const own = new Embedding("small");
  const values = ["x"];
  own.failures = 1;
  await embed(own, values);
  expect(await retries()).toEqual([1]);
  await embed(own, values);
  expect(await retries()).toEqual([1]);
  // Headers are those of the application, as in early versions of the library.
  const options = { values: ["x"], headers: {} };
  own.failures = 1;
  await expect(own.doEmbed(options)).rejects.toThrow("busy");
  await own.doEmbed(options);
  await own.doEmbed(options);
  expect(await retries()).toEqual([2]);
  context.skip(version.startsWith("5.0.0"), "in this version, calls have the application's own headers");
  own.failures = 1;
  await expect(embed(own, values, 0)).rejects.toThrow("busy");
  await embed(own, values);
  expect(await retries()).toEqual([2]);
});

test("no promise of the process is followed, until a model may use another one unseen", async () => {
  const run = vi.spyOn(AsyncLocalStorage.prototype, "run");
  try {
    await generate(new Model("fast"));
    expect(run).not.toHaveBeenCalled();
    const middleware = {
      specificationVersion: "v3" as const,
      transformParams: async ({ params }: { params: object }) => ({ ...params, prompt: [] }),
    };
    const wrapped = ai.wrapLanguageModel({
      model: Object(new Model("fast")),
      middleware: Object(middleware),
    });
    await generate(wrapped);
    expect(run).toHaveBeenCalled();
  } finally {
    run.mockRestore();
  }
  expect(await models()).toEqual({ fast: 2 });
});
