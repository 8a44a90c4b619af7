// Models of images and audio.
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { aiSdk } from "../../../instrumentations/ai-sdk/index.ts";
import { begin } from "../../../instrumentations/ai-sdk/instrumentation.ts";
import { collectingProvider } from "../../kit/collecting.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { jsonAnswer, ModelServer } from "../model-server.ts";

test("images, speech and transcriptions are operations", async () => {
  const { provider: meterProvider, ...collecting } = collectingProvider();
  const instrumentation = instrumentationOf(aiSdk, begin, {});
  instrumentation.setMeterProvider(meterProvider);
  const require = createRequire(import.meta.url);
  // Required after the instrumentation is enabled.
  const ai: typeof import("ai") = require("ai");
  // Version 5 has only the experimental name.
  const stable: Readonly<Partial<typeof ai>> = ai;
  const generateImage = stable.generateImage ?? ai.experimental_generateImage;
  const { createOpenAI }: typeof import("@ai-sdk/openai") = require("@ai-sdk/openai");
  Reflect.set(globalThis, "AI_SDK_LOG_WARNINGS", false);
  const server = await ModelServer.start();
  const provider = createOpenAI({ apiKey: "sk-secret", baseURL: `${server.url}/v1` });
  const speech = { model: provider.speech("tts-1"), text: "a secret text", maxRetries: 0 };
  const audio = new Uint8Array(64);

  server.answer(jsonAnswer({ created: 1, data: [{ b64_json: "iVBORw0KGgo=" }] }));
  await generateImage({ model: provider.image("gpt-image-1"), prompt: "a secret prompt" });
  server.answer((response) => response.writeHead(200, { "content-type": "audio/mpeg" }).end(audio));
  await ai.experimental_generateSpeech(speech);
  server.answer(jsonAnswer({ text: "a secret answer" }));
  await ai.experimental_transcribe({ model: provider.transcription("whisper-1"), audio });
  server.answer(jsonAnswer({ error: { message: "too many" } }, 429));
  await expect(ai.experimental_generateSpeech(speech)).rejects.toThrow("too many");

  // It paints by itself, and its chats listen first.
  class Versatile {
    readonly specificationVersion = "v2";
    readonly provider = "own";
    readonly modelId = "versatile";
    readonly supportedUrls = {};
    readonly maxImagesPerCall = 1;

    async doGenerate({ n }: { readonly n?: number }): Promise<object> {
      const response = { timestamp: new Date(), modelId: "versatile" };
      if (n !== undefined) return { images: ["iVBORw0KGgo="], warnings: [], response };
      server.answer(jsonAnswer({ text: "a secret answer" }));
      await ai.experimental_transcribe({ model: provider.transcription("whisper-1"), audio });
      return { content: [{ type: "text", text: "x" }], finishReason: "stop", usage: {}, warnings: [] };
    }
  }
  const versatile = Object(new Versatile());
  await ai.generateText({ model: versatile, prompt: "a secret prompt" });
  await generateImage({ model: versatile, prompt: "a secret prompt" });

  const points = await collecting.points("gen_ai.client.inference.duration");
  const recorded = points.map(({ attributes, value }) => [
    attributes["gen_ai.operation.name"],
    attributes["gen_ai.request.model"],
    attributes["error.type"],
    countOf(value),
  ]);
  expect(recorded).toEqual([
    ["generate_content", "gpt-image-1", undefined, 1],
    ["generate_content", "tts-1", undefined, 1],
    ["generate_content", "whisper-1", undefined, 2],
    ["generate_content", "tts-1", "429", 1],
    ["chat", "versatile", undefined, 1],
    ["generate_content", "versatile", undefined, 1],
  ]);
  expect(JSON.stringify(await collecting.collect())).not.toMatch(/secret/);
});
