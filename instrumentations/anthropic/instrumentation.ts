import type { GenAiUsage } from "../../src/facades/index.ts";
import { fieldOf } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { type ModelApi, numberIn, recordModels, textIn, watchClients } from "../shared/model-clients.ts";
import type { ModelConfig } from "../shared/model-options.ts";
import type { Recording } from "../shared/recording.ts";

const API: ModelApi = {
  providerOf: () => "anthropic",
  operationOf(path) {
    if (path.endsWith("/v1/messages")) return "chat";
    return path.endsWith("/v1/complete") ? "text_completion" : undefined;
  },
  usageIn,
};

/** Records the calls of the `@anthropic-ai/sdk` package. */
export function begin(recording: Recording<ModelConfig>): Attach {
  recordModels(recording);
  return (exports) => {
    // The exports of the package's CommonJS file are a function.
    const base = "BaseAnthropic" in Object(exports) ? "BaseAnthropic" : "Anthropic";
    watchClients(recording, exports, base, API);
  };
}

// Reads a message, or an event of a stream: the first one has the input, the last one the output.
function usageIn(body: unknown): GenAiUsage {
  const started = fieldOf(body, "message");
  const message = started ?? body;
  const usage = fieldOf(message, "usage");
  const uncached = numberIn(usage, "input_tokens");
  const cached = numberIn(usage, "cache_read_input_tokens");
  const cacheWrite = numberIn(usage, "cache_creation_input_tokens");
  return {
    responseModel: textIn(message, "model"),
    inputTokens: uncached === undefined ? undefined : uncached + (cached ?? 0) + (cacheWrite ?? 0),
    cachedTokens: cached,
    cacheWriteTokens: cacheWrite,
    // That of the first event is not the whole.
    outputTokens: started === undefined ? numberIn(usage, "output_tokens") : undefined,
    finishReason: textIn(message, "stop_reason") ?? textIn(fieldOf(body, "delta"), "stop_reason"),
  };
}
