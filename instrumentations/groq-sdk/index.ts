import type { Instrumented } from "../shared/instrumented.ts";
import { MODEL_OPTIONS, type ModelConfig } from "../shared/model-options.ts";

/** The instrumentation of `groq-sdk`. */
export const groqSdk: Instrumented<ModelConfig> = {
  name: "groq_sdk",
  options: MODEL_OPTIONS,
  files: [{ library: "groq-sdk", versions: [">=1.1.1 <2"] }],
};
