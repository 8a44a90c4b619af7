import type { Instrumented } from "../shared/instrumented.ts";
import { MODEL_OPTIONS, type ModelConfig } from "../shared/model-options.ts";

/** The instrumentation of `@anthropic-ai/sdk`. */
export const anthropic: Instrumented<ModelConfig> = {
  name: "anthropic",
  options: MODEL_OPTIONS,
  files: [{ library: "@anthropic-ai/sdk", versions: [">=0.50.1 <2"] }],
};
