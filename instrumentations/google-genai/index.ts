import type { Instrumented } from "../shared/instrumented.ts";
import { MODEL_OPTIONS, type ModelConfig } from "../shared/model-options.ts";

/** The instrumentation of `@google/genai`. */
export const googleGenai: Instrumented<ModelConfig> = {
  name: "google_genai",
  options: MODEL_OPTIONS,
  files: [{ library: "@google/genai", versions: [">=1.16.0 <4"] }],
};
