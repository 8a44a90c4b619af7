import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { cohere as instrumented } from "../../../instrumentations/cohere/index.ts";
import { begin } from "../../../instrumentations/cohere/instrumentation.ts";
import { isInstalled } from "../../kit/is-installed.ts";
import { sumOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { ModelFigures } from "../model-figures.ts";
import { type Counts, testModelClient } from "../model-kit.ts";
import { jsonAnswer, ModelServer, streamAnswer } from "../model-server.ts";

/** The part of the library that the tests use. */
interface Library {
  readonly CohereClientV2: new (options: object) => {
    chat(request: object): Promise<unknown>;
    chatStream(request: object): Promise<AsyncIterable<unknown>>;
    embed(request: object): Promise<unknown>;
  };
}

const instrumentation = instrumentationOf(instrumented, begin, {});
const library: Library | undefined = isInstalled("cohere-ai")
  ? createRequire(import.meta.url)("cohere-ai")
  : undefined;
const server = await ModelServer.start();

describe.skipIf(library === undefined)("cohere-ai", () => {
  const model = "command-a";
  const figures = new ModelFigures(instrumentation, server, "cohere", model);
  const client = library && new library.CohereClientV2({ token: "sk-secret", environment: server.url });
  const request = { model, messages: [{ role: "user", content: "a secret prompt" }] };
  const usageOf = ({ input, output, cached }: Counts) => ({
    billed_units: { input_tokens: 1, output_tokens: 1 },
    tokens: { input_tokens: input, output_tokens: output },
    cached_tokens: cached,
  });

  testModelClient(
    {
      ask: async () => client?.chat(request),
      stream: async () => (await client?.chatStream(request)) ?? (async function* () {})(),
      answer: (counts) =>
        jsonAnswer({
          id: "1",
          finish_reason: "COMPLETE",
          message: { role: "assistant", content: [{ type: "text", text: "a secret answer" }] },
          usage: usageOf(counts),
        }),
      chunks: (counts, pause = 0) =>
        streamAnswer([
          pause,
          { type: "content-delta", index: 0, delta: { message: { content: { text: "a secret answer" } } } },
          { type: "message-end", delta: { finish_reason: "COMPLETE", usage: usageOf(counts) } },
        ]),
      reason: "COMPLETE",
      repeats: true,
    },
    figures,
    server,
  );

  test("embeddings have the tokens that are billed", async () => {
    const embeddings = { float: [[0.1]] };
    server.answer(
      jsonAnswer({ id: "1", embeddings, texts: [], meta: { billed_units: { input_tokens: 6 } } }),
    );
    await client?.embed({
      model,
      texts: ["a secret prompt"],
      inputType: "classification",
      embeddingTypes: [],
    });
    const [embedded] = await figures.collecting.points("gen_ai.client.embeddings.operation.input_tokens");
    expect(sumOf(embedded?.value)).toBe(6);
    expect(await figures.leaks()).toEqual([]);
  });
});
