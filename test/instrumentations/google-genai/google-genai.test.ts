import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { googleGenai as instrumented } from "../../../instrumentations/google-genai/index.ts";
import { begin } from "../../../instrumentations/google-genai/instrumentation.ts";
import { hasMethods } from "../../../instrumentations/shared/fields.ts";
import { isInstalled } from "../../kit/is-installed.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { ModelFigures } from "../model-figures.ts";
import { type Counts, testModelClient } from "../model-kit.ts";
import { jsonAnswer, ModelServer, streamAnswer } from "../model-server.ts";

/** The part of the library that the tests use. */
interface Library {
  readonly GoogleGenAI: new (options: object) => {
    readonly models: {
      generateContent(request: object): Promise<unknown>;
      generateContentStream(request: object): Promise<AsyncIterable<unknown>>;
      embedContent(request: object): Promise<unknown>;
    };
  };
}

const instrumentation = instrumentationOf(instrumented, begin, {});
const library: Library | undefined = isInstalled("@google/genai")
  ? createRequire(import.meta.url)("@google/genai")
  : undefined;
const server = await ModelServer.start();

describe.skipIf(library === undefined)("@google/genai", () => {
  const model = "gemini-3-flash";
  const figures = new ModelFigures(
    instrumentation,
    server,
    "gcp.gemini",
    model,
    `${model}-001`,
    "generate_content",
  );
  const client =
    library && new library.GoogleGenAI({ apiKey: "sk-secret", httpOptions: { baseUrl: server.url } });
  const request = { model, contents: "a secret prompt" };
  const candidate = (finishReason?: string) => ({
    content: { role: "model", parts: [{ text: "a secret answer" }] },
    finishReason,
  });
  const last = ({ input, output, cached }: Counts) => ({
    modelVersion: `${model}-001`,
    candidates: [candidate("STOP")],
    usageMetadata: {
      promptTokenCount: input,
      candidatesTokenCount: output - 1,
      thoughtsTokenCount: 1,
      cachedContentTokenCount: cached,
    },
  });

  testModelClient(
    {
      ask: async () => client?.models.generateContent(request),
      stream: async () => (await client?.models.generateContentStream(request)) ?? (async function* () {})(),
      answer: (counts) => jsonAnswer(last(counts)),
      chunks: (counts, pause = 0) =>
        streamAnswer([pause, { modelVersion: `${model}-001`, candidates: [candidate()] }, last(counts)]),
      reason: "STOP",
      repeats: false,
    },
    figures,
    server,
  );

  // Attempts of older versions are not seen.
  const transport: unknown = client && Reflect.get(client, "apiClient");
  const hasAttempts = hasMethods(transport, "unaryApiCall") && transport.unaryApiCall.length > 6;
  test.skipIf(!hasAttempts)("with retries, each attempt is a call", async () => {
    const httpOptions = { baseUrl: server.url, retryOptions: { attempts: 2, initialDelay: 0.001 } };
    server.answer(jsonAnswer({ error: {} }, 429), jsonAnswer(last({ input: 5, output: 2, cached: 0 })));
    await client?.models.generateContent({ ...request, config: { httpOptions } });
    expect(await figures.calls()).toEqual({ 429: 1, ok: 1 });
    expect(await figures.tokens("input_tokens")).toBe(5);
    expect(await figures.tokens("reasoning.output_tokens")).toBe(1);
  });

  test("embeddings have metrics of their own", async () => {
    server.answer(jsonAnswer({ embeddings: [{ values: [0.1] }] }));
    await client?.models.embedContent({ model: "gemini-embedding-001", contents: "a secret prompt" });
    expect(await figures.calls("embeddings.duration")).toEqual({ ok: 1 });
    expect(await figures.calls()).toEqual({});
    expect(await figures.leaks()).toEqual([]);
  });
});
