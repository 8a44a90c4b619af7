import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";
import { MODEL_OPTIONS, type ModelConfig } from "../shared/model-options.ts";

/** The functions that take a model of text or embeddings, and tools. */
const OF_TEXT = ["generateText", "streamText", "generateObject", "streamObject", "embed", "embedMany"];
const STABLE = ["generateImage", "generateSpeech", "transcribe"];
const EXPERIMENTAL = ["experimental_generateSpeech", "experimental_transcribe"];
const IMAGE = "experimental_generateImage";

function entry(major: number, ofMedia: readonly string[]): InstrumentedFile {
  return { library: "ai", replaces: [...OF_TEXT, ...ofMedia], versions: [`>=${major}.0.0 <${major + 1}`] };
}

/** The instrumentation of `ai`, the AI SDK. */
export const aiSdk: Instrumented<ModelConfig> = {
  name: "ai_sdk",
  options: MODEL_OPTIONS,
  files: [
    entry(5, [...EXPERIMENTAL, IMAGE]),
    entry(6, [...EXPERIMENTAL, IMAGE, "generateImage"]),
    entry(7, [...EXPERIMENTAL, ...STABLE, "experimental_generateVideo"]),
  ],
};
