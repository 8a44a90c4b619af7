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
  const { createOpenAI }: typeof import("@ai-sdk/openai") = require("@ai-sdk/openai");
  Reflect.set(globalThis, "AI_SDK_LOG_WARNINGS", false);
  const server = await ModelServer.start();
  const provider = createOpenAI({ apiKey: "sk-secret", baseURL: `${server.url}/v1` });
  const speech = { model: provider.speech("tts-1"), text: "a secret text", maxRetries: 0 };
  const audio = new Uint8Array(64);

  server.answer(jsonAnswer({ created: 1, data: [{ b64_json: "iVBORw0KGgo=" }] }));
  await ai.experimental_generateImage({ model: provider.image("gpt-image-1"), prompt: "a secret prompt" });
  server.answer((response) => response.writeHead(200, { "content-type": "audio/mpeg" }).end(audio));
  await ai.experimental_generateSpeech(speech);
  server.answer(jsonAnswer({ text: "a secret answer" }));
  await ai.experimental_transcribe({ model: provider.transcription("whisper-1"), audio });
  server.answer(jsonAnswer({ error: { message: "too many" } }, 429));
  await expect(ai.experimental_generateSpeech(speech)).rejects.toThrow("too many");

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
    ["generate_content", "whisper-1", undefined, 1],
    ["generate_content", "tts-1", "429", 1],
  ]);
  expect(JSON.stringify(await collecting.collect())).not.toMatch(/secret/);
});
