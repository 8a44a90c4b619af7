import type { Instrumented } from "../shared/instrumented.ts";
import { MODEL_OPTIONS, type ModelConfig } from "../shared/model-options.ts";

/** The instrumentation of `ollama`. */
export const ollama: Instrumented<ModelConfig> = {
  name: "ollama",
  options: MODEL_OPTIONS,
  files: [{ library: "ollama", versions: [">=0.5.6 <0.7"] }],
};
