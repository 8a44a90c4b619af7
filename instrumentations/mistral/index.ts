import type { Instrumented } from "../shared/instrumented.ts";
import { MODEL_OPTIONS, type ModelConfig } from "../shared/model-options.ts";

/** The instrumentation of `@mistralai/mistralai`. */
export const mistral: Instrumented<ModelConfig> = {
  name: "mistral",
  options: MODEL_OPTIONS,
  files: [{ library: "@mistralai/mistralai", versions: [">=2.0.0 <3"] }],
};
