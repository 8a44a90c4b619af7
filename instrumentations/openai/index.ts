import type { Instrumented } from "../shared/instrumented.ts";
import type { ModelConfig } from "../shared/model-clients.ts";
import { facadeOption } from "../shared/options.ts";

/** The instrumentation of `openai`. */
export const openai: Instrumented<ModelConfig> = {
  name: "openai",
  options: { genAi: facadeOption("a GenAi", "operation") },
  files: [{ library: "openai", versions: [">=5.0.0 <7"] }],
};
