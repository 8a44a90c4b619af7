import type { Attach } from "../shared/instrumented.ts";
import { type ModelApi, watchClients } from "../shared/model-clients.ts";
import type { ModelConfig } from "../shared/model-options.ts";
import { openAiOperation, readOpenAiUsage } from "../shared/openai-usage.ts";
import type { Recording } from "../shared/recording.ts";

// Other providers have servers that speak OpenAI's protocol.
const PROVIDERS: readonly (readonly [host: string, provider: string])[] = [
  [".openai.azure.com", "azure.ai.openai"],
  ["api.deepseek.com", "deepseek"],
  ["api.groq.com", "groq"],
  ["api.mistral.ai", "mistral_ai"],
  ["api.moonshot.ai", "moonshot_ai"],
  ["api.perplexity.ai", "perplexity"],
  ["api.x.ai", "x_ai"],
  ["generativelanguage.googleapis.com", "gcp.gemini"],
];
const API: ModelApi = {
  providerOf: (host) => PROVIDERS.find(([end]) => host.endsWith(end))?.[1] ?? "openai",
  operationOf: openAiOperation,
  readUsage: readOpenAiUsage,
};

/** Records the calls of the `openai` package. */
export function begin(recording: Recording<ModelConfig>): Attach {
  return (exports) => watchClients(recording, exports, "OpenAI", API);
}
