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
const ai: typeof import("ai") = createRequire(import.meta.url)("ai");
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

const models = async (): Promise<unknown> =>
  Object.fromEntries(
    (await collecting.points("gen_ai.client.inference.duration")).map(({ attributes, value }) => [
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
