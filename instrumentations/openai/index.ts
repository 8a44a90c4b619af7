import type { Instrumented } from "../shared/instrumented.ts";
import { MODEL_OPTIONS, type ModelConfig } from "../shared/model-options.ts";

/** The instrumentation of `openai`. */
export const openai: Instrumented<ModelConfig> = {
  name: "openai",
  options: MODEL_OPTIONS,
  files: [{ library: "openai", versions: [">=5.0.0 <8"] }],
};
