import type { Attach } from "../shared/instrumented.ts";
import { type ModelApi, watchClients } from "../shared/model-clients.ts";
import type { ModelConfig } from "../shared/model-options.ts";
import { openAiOperation, readOpenAiUsage } from "../shared/openai-usage.ts";
import type { Recording } from "../shared/recording.ts";

const API: ModelApi = {
  providerOf: () => "groq",
  operationOf: openAiOperation,
  readUsage: readOpenAiUsage,
};

/** Records the calls of the `groq-sdk` package. */
export function begin(recording: Recording<ModelConfig>): Attach {
  return (exports) => watchClients(recording, exports, "Groq", API);
}
