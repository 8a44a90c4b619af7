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
      generateImages(request: object): Promise<unknown>;
      editImage(request: object): Promise<unknown>;
    };
    readonly chats: {
      create(options: object): {
        sendMessage(message: object): Promise<unknown>;
        sendMessageStream(message: object): Promise<AsyncIterable<unknown>>;
      };
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
    expect(await figures.retries()).toEqual([1]);
    expect(await figures.tokens("input_tokens")).toBe(5);
    expect(await figures.tokens("reasoning.output_tokens")).toBe(1);
  });

  test("images that a chat makes are calls of its model, with the tokens of the images", async () => {
    const painter = "gemini-3-pro-image";
    const image = {
      modelVersion: painter,
      candidates: [
        {
          content: { role: "model", parts: [{ inlineData: { mimeType: "image/png", data: "aaaa" } }] },
          finishReason: "STOP",
        },
      ],
      usageMetadata: {
        promptTokenCount: 7,
        candidatesTokenCount: 1_120,
        candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 1_120 }],
      },
    };
    const chat = client?.chats.create({ model: painter, config: { responseModalities: ["IMAGE"] } });
    server.answer(jsonAnswer(image));
    await chat?.sendMessage({ message: "a secret prompt" });
    server.answer(streamAnswer([image]));
    for await (const _ of (await chat?.sendMessageStream({ message: "a secret prompt" })) ?? []);
    const attributes = { "gen_ai.request.model": painter, "gen_ai.response.model": painter };
    expect(await figures.attributes()).toEqual([{ ...figures.request, ...attributes }]);
    expect(await figures.allTokens()).toEqual({ input: 14, output: 2_240, cached: undefined });
    expect(await figures.reasons()).toEqual({ STOP: 2 });
    expect(await figures.leaks()).toEqual([]);
  });

  test("images that are made and changed without a chat have no tokens", async () => {
    const vertex =
      library &&
      new library.GoogleGenAI({ vertexai: true, apiKey: "sk-secret", httpOptions: { baseUrl: server.url } });
    server.answer(jsonAnswer({ predictions: [{ mimeType: "image/png", bytesBase64Encoded: "aaaa" }] }));
    await vertex?.models.generateImages({ model: "imagen-4.0-generate-001", prompt: "a secret prompt" });
    const change = { prompt: "a secret prompt", referenceImages: [] };
    await vertex?.models.editImage({ model: "imagen-3.0-capability-001", ...change });
    const called = (await figures.attributes()).map((each) => [
      Reflect.get(each, "gen_ai.provider.name"),
      Reflect.get(each, "gen_ai.request.model"),
    ]);
    expect(called).toEqual([
      ["gcp.vertex_ai", "imagen-4.0-generate-001"],
      ["gcp.vertex_ai", "imagen-3.0-capability-001"],
    ]);
    expect(await figures.calls()).toEqual({ ok: 2 });
    expect(await figures.tokens("output_tokens")).toBeUndefined();
    expect(await figures.leaks()).toEqual([]);
  });

  test("embeddings have metrics of their own", async () => {
    server.answer(jsonAnswer({ embeddings: [{ values: [0.1] }] }));
    await client?.models.embedContent({ model: "gemini-embedding-001", contents: "a secret prompt" });
    expect(await figures.calls("embeddings.duration")).toEqual({ ok: 1 });
    expect(await figures.calls()).toEqual({});
    expect(await figures.leaks()).toEqual([]);
  });
});
