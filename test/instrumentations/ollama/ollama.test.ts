import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { ollama as instrumented } from "../../../instrumentations/ollama/index.ts";
import { begin } from "../../../instrumentations/ollama/instrumentation.ts";
import { sumOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { ModelFigures } from "../model-figures.ts";
import { type Counts, testModelClient } from "../model-kit.ts";
import { jsonAnswer, lines, ModelServer, streamAnswer } from "../model-server.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled.
const { Ollama }: typeof import("ollama") = createRequire(import.meta.url)("ollama");
const server = await ModelServer.start();
const client = new Ollama({ host: server.url, headers: { authorization: "Bearer sk-secret" } });
const model = "qwen3";
const messages = [{ role: "user", content: "a secret prompt" }];
const figures = new ModelFigures(instrumentation, server, "ollama", model, model);
const message = { role: "assistant", content: "a secret answer" };
const last = ({ input, output }: Counts) => ({
  model,
  message,
  done: true,
  done_reason: "stop",
  prompt_eval_count: input,
  eval_count: output,
});

testModelClient(
  {
    ask: () => client.chat({ model, messages }),
    stream: () => client.chat({ model, messages, stream: true }),
    answer: (counts) => jsonAnswer(last(counts)),
    chunks: (counts, pause = 0) =>
      streamAnswer([pause, { model, message, done: false }, last(counts)], lines, "application/x-ndjson"),
    reason: "stop",
    repeats: false,
    reportsCache: false,
  },
  figures,
  server,
);

test("generation, embeddings and failures of a stream are recorded, and no calls without a model's answer", async () => {
  server.answer(jsonAnswer({ model, response: "a secret answer", done: true, prompt_eval_count: 3 }));
  await client.generate({ model, prompt: "a secret prompt" });
  server.answer(jsonAnswer({ model, embeddings: [[0.1]], prompt_eval_count: 8 }));
  await client.embed({ model, input: "a secret prompt" });
  server.answer(streamAnswer([{ model, message, done: false }, { error: "secret answer" }], lines));
  await expect(async () => {
    for await (const chunk of await client.chat({ model, messages, stream: true })) void chunk;
  }).rejects.toThrow("secret answer");
  server.answer(jsonAnswer({ status: "success" }));
  await client.pull({ model });
  expect(await figures.calls()).toEqual({ ok: 1, Error: 1 });
  expect(await figures.tokens("input_tokens")).toBe(3);
  const [embedded] = await figures.collecting.points("gen_ai.client.embeddings.operation.input_tokens");
  expect(sumOf(embedded?.value)).toBe(8);
  expect(await figures.leaks()).toEqual([]);
});
