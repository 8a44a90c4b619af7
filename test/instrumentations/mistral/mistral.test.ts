import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { mistral as instrumented } from "../../../instrumentations/mistral/index.ts";
import { begin } from "../../../instrumentations/mistral/instrumentation.ts";
import { isInstalled } from "../../kit/is-installed.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { ModelFigures } from "../model-figures.ts";
import { type Counts, testModelClient } from "../model-kit.ts";
import { jsonAnswer, ModelServer, streamAnswer } from "../model-server.ts";

/** The part of the library that the tests use. */
interface Library {
  readonly Mistral: new (options: object) => {
    readonly chat: {
      complete(request: object): Promise<unknown>;
      stream(request: object): Promise<AsyncIterable<unknown>>;
    };
    readonly embeddings: { create(request: object): Promise<unknown> };
  };
}

const instrumentation = instrumentationOf(instrumented, begin, {});
const library: Library | undefined = isInstalled("@mistralai/mistralai")
  ? createRequire(import.meta.url)("@mistralai/mistralai")
  : undefined;
const server = await ModelServer.start();
const backoff = { initialInterval: 1, maxInterval: 1, exponent: 1, maxElapsedTime: 10_000 };

describe.skipIf(library === undefined)("@mistralai/mistralai", () => {
  const model = "mistral-large-latest";
  const figures = new ModelFigures(instrumentation, server, "mistral_ai", model, "mistral-large-2602");
  const client =
    library &&
    new library.Mistral({
      apiKey: "sk-secret",
      serverURL: server.url,
      retryConfig: { strategy: "backoff", backoff, retryConnectionErrors: true },
    });
  const request = { model, messages: [{ role: "user", content: "a secret prompt" }] };
  const response = (finish_reason: string | null, counts?: Counts) => ({
    id: "1",
    object: "chat.completion",
    created: 1,
    model: "mistral-large-2602",
    choices: [
      {
        index: 0,
        finish_reason,
        message: { role: "assistant", content: "a secret answer" },
        delta: { content: "a secret answer" },
      },
    ],
    ...(counts && {
      usage: {
        prompt_tokens: counts.input,
        completion_tokens: counts.output,
        total_tokens: counts.input + counts.output,
        prompt_tokens_details: { cached_tokens: counts.cached },
      },
    }),
  });

  testModelClient(
    {
      ask: async () => client?.chat.complete(request),
      stream: async () => (await client?.chat.stream(request)) ?? (async function* () {})(),
      answer: (counts) => jsonAnswer(response("stop", counts)),
      chunks: (counts, pause = 0) =>
        streamAnswer([pause, response(null), response("stop", counts), "[DONE]"]),
      reason: "stop",
      repeats: true,
    },
    figures,
    server,
  );

  test("a connection that breaks is an attempt, and embeddings have metrics of their own", async () => {
    server.answer(
      (broken) => broken.destroy(),
      jsonAnswer(response("stop", { input: 1, output: 1, cached: 0 })),
    );
    await client?.chat.complete(request);
    expect(await figures.calls()).toEqual({ TypeError: 1, ok: 1 });
    const data = [{ object: "embedding", embedding: [0.1], index: 0 }];
    const usage = { prompt_tokens: 5, completion_tokens: 0, total_tokens: 5 };
    server.answer(jsonAnswer({ id: "1", object: "list", model, data, usage }));
    await client?.embeddings.create({ model, inputs: "a secret prompt" });
    expect(await figures.calls("embeddings.duration")).toEqual({ ok: 1 });
    expect(await figures.leaks()).toEqual([]);
  });
});
