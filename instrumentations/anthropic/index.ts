import type { Instrumented } from "../shared/instrumented.ts";
import type { ModelConfig } from "../shared/model-clients.ts";
import { facadeOption } from "../shared/options.ts";

/** The instrumentation of `@anthropic-ai/sdk`. */
export const anthropic: Instrumented<ModelConfig> = {
  name: "anthropic",
  options: { genAi: facadeOption("a GenAi", "operation") },
  files: [{ library: "@anthropic-ai/sdk", versions: [">=0.50.0 <2"] }],
};
