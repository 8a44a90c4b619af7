import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { groqSdk as instrumented } from "../../../instrumentations/groq-sdk/index.ts";
import { begin } from "../../../instrumentations/groq-sdk/instrumentation.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { ModelFigures } from "../model-figures.ts";
import { type Counts, testModelClient } from "../model-kit.ts";
import { jsonAnswer, ModelServer, streamAnswer } from "../model-server.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled.
const { Groq }: typeof import("groq-sdk") = createRequire(import.meta.url)("groq-sdk");
const server = await ModelServer.start();
const client = new Groq({ apiKey: "sk-secret", baseURL: server.url, maxRetries: 1 });
const messages = [{ role: "user" as const, content: "a secret prompt" }];
const model = "openai/gpt-oss-20b";
const figures = new ModelFigures(instrumentation, server, "groq", model, model);

const usageOf = ({ input, output, cached }: Counts) => ({
  prompt_tokens: input,
  completion_tokens: output,
  prompt_tokens_details: { cached_tokens: cached },
});
const choice = (content: string, finish_reason: string | null) => ({
  index: 0,
  finish_reason,
  message: { content },
  delta: { content },
});

testModelClient(
  {
    ask: () => client.chat.completions.create({ model, messages }),
    stream: () => client.chat.completions.create({ model, messages, stream: true }),
    answer: (counts) =>
      jsonAnswer({ model, choices: [choice("a secret answer", "stop")], usage: usageOf(counts) }),
    chunks: (counts, pause = 0) =>
      streamAnswer([
        pause,
        { model, choices: [choice("a secret answer", null)] },
        { model, choices: [choice("", "stop")], x_groq: { id: "req", usage: usageOf(counts) } },
        "[DONE]",
      ]),
    reason: "stop",
    repeats: true,
  },
  figures,
  server,
);

test("a stream with the usage in a chunk of its own, as that of OpenAI, has it once", async () => {
  const usage = usageOf({ input: 9, output: 4, cached: 0 });
  server.answer(
    streamAnswer([{ model, choices: [], x_groq: { usage } }, { model, choices: [], usage }, "[DONE]"]),
  );
  for await (const { choices } of await client.chat.completions.create({ model, messages, stream: true }))
    expect(choices).toEqual([]);
  expect(await figures.tokens("input_tokens")).toBe(9);
});
