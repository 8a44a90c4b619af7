import { fieldOf } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { numberIn, textIn, type UsageReport } from "../shared/model-calls.ts";
import { type ModelApi, watchClients } from "../shared/model-clients.ts";
import type { ModelConfig } from "../shared/model-options.ts";
import type { Recording } from "../shared/recording.ts";

const API: ModelApi = {
  providerOf: () => "anthropic",
  operationOf(path) {
    if (path.endsWith("/v1/messages")) return "chat";
    return path.endsWith("/v1/complete") ? "text_completion" : undefined;
  },
  readUsage,
};

/** Records the calls of the `@anthropic-ai/sdk` package. */
export function begin(recording: Recording<ModelConfig>): Attach {
  return (exports) => {
    // The exports of the package's CommonJS file are a function.
    const base = "BaseAnthropic" in Object(exports) ? "BaseAnthropic" : "Anthropic";
    watchClients(recording, exports, base, API);
  };
}

// Reads a message, or an event of a stream: the first one has the input, the last one the output.
function readUsage(body: unknown, report: UsageReport): void {
  const started = fieldOf(body, "message");
  const message = started ?? body;
  report.responseModel = textIn(message, "model") ?? report.responseModel;
  report.finishReason =
    textIn(message, "stop_reason") ?? textIn(fieldOf(body, "delta"), "stop_reason") ?? report.finishReason;
  const usage = fieldOf(message, "usage");
  if (usage === undefined) return;
  const uncached = numberIn(usage, "input_tokens");
  report.cachedTokens = numberIn(usage, "cache_read_input_tokens") ?? report.cachedTokens;
  report.cacheWriteTokens = numberIn(usage, "cache_creation_input_tokens") ?? report.cacheWriteTokens;
  if (uncached !== undefined)
    report.inputTokens = uncached + (report.cachedTokens ?? 0) + (report.cacheWriteTokens ?? 0);
  // That of the first event is not the whole.
  if (started === undefined) report.outputTokens = numberIn(usage, "output_tokens") ?? report.outputTokens;
}
