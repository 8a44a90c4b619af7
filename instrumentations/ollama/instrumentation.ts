import { prototypeOf } from "../shared/exports.ts";
import { fieldOf } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { ModelCalls, type ModelRequest, numberIn, textIn, type UsageReport } from "../shared/model-calls.ts";
import type { ModelConfig } from "../shared/model-options.ts";
import type { Recording } from "../shared/recording.ts";

const OPERATIONS = new Map<unknown, string>([
  ["chat", "chat"],
  ["generate", "text_completion"],
]);

/** Records the calls of the `ollama` package. */
export function begin(recording: Recording<ModelConfig>): Attach {
  return (exports) => {
    const models = new ModelCalls(recording, readUsage);
    const client = prototypeOf(exports, "Ollama");
    models.watch(client, "processStreamableRequest", (self, [endpoint, request]) => {
      const operation = OPERATIONS.get(endpoint);
      return operation === undefined ? undefined : requestOf(self, operation, request);
    });
    for (const name of ["embed", "embeddings"])
      models.watch(client, name, (self, [request]) => requestOf(self, "embeddings", request));
  };
}

function requestOf(client: unknown, operation: string, request: unknown): ModelRequest {
  const origin = String(fieldOf(fieldOf(client, "config"), "host"));
  return { provider: "ollama", operation, model: fieldOf(request, "model"), origin };
}

// Reads a response, or a chunk: the last one has the counts.
function readUsage(body: unknown, report: UsageReport): void {
  report.responseModel = textIn(body, "model") ?? report.responseModel;
  report.finishReason = textIn(body, "done_reason") ?? report.finishReason;
  report.inputTokens = numberIn(body, "prompt_eval_count") ?? report.inputTokens;
  report.outputTokens = numberIn(body, "eval_count") ?? report.outputTokens;
}
