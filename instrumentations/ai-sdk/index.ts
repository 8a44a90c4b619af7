import type { Instrumented } from "../shared/instrumented.ts";
import { MODEL_OPTIONS, type ModelConfig } from "../shared/model-options.ts";

/** The functions that take a model, and tools. */
export const FUNCTIONS: readonly string[] = [
  "generateText",
  "streamText",
  "generateObject",
  "streamObject",
  "embed",
  "embedMany",
];

/** The instrumentation of `ai`, the AI SDK. */
export const aiSdk: Instrumented<ModelConfig> = {
  name: "ai_sdk",
  options: MODEL_OPTIONS,
  files: [{ library: "ai", replaces: FUNCTIONS, versions: [">=5.0.0 <8"] }],
};
