import type { GenAiUsage } from "../../src/facades/index.ts";
import { fieldOf, listIn } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { type ModelApi, numberIn, recordModels, textIn, watchClients } from "../shared/model-clients.ts";
import type { ModelConfig } from "../shared/model-options.ts";
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
const OPERATIONS: readonly (readonly [path: RegExp, operation: string])[] = [
  [/\/(?:chat\/completions|responses)$/, "chat"],
  [/\/completions$/, "text_completion"],
  [/\/embeddings$/, "embeddings"],
  [/\/(?:images|audio|videos)(?:\/|$)/, "generate_content"],
];

const API: ModelApi = {
  providerOf: (host) => PROVIDERS.find(([end]) => host.endsWith(end))?.[1] ?? "openai",
  operationOf: (path) => OPERATIONS.find(([pattern]) => pattern.test(path))?.[1],
  usageIn,
};

/** Records the calls of the `openai` package. */
export function begin(recording: Recording<ModelConfig>): Attach {
  recordModels(recording);
  return (exports) => watchClients(recording, exports, "OpenAI", API);
}

// Reads chat completions, responses and the events of their streams, and embeddings.
function usageIn(body: unknown): GenAiUsage {
  const source = fieldOf(body, "response") ?? body;
  const usage = fieldOf(source, "usage");
  const input = fieldOf(usage, "prompt_tokens_details") ?? fieldOf(usage, "input_tokens_details");
  const output = fieldOf(usage, "completion_tokens_details") ?? fieldOf(usage, "output_tokens_details");
  const audio = { input: numberIn(input, "audio_tokens"), output: numberIn(output, "audio_tokens") };
  return {
    responseModel: textIn(source, "model"),
    inputTokens: numberIn(usage, "prompt_tokens") ?? numberIn(usage, "input_tokens"),
    outputTokens: numberIn(usage, "completion_tokens") ?? numberIn(usage, "output_tokens"),
    cachedTokens: numberIn(input, "cached_tokens"),
    reasoningTokens: numberIn(output, "reasoning_tokens"),
    audioTokens: audio.input === undefined && audio.output === undefined ? undefined : audio,
    finishReason: reasonIn(source),
  };
}

function reasonIn(source: unknown): string | undefined {
  const [choice] = listIn(source, "choices");
  const incomplete = textIn(fieldOf(source, "incomplete_details"), "reason");
  if (incomplete !== undefined) return incomplete === "max_output_tokens" ? "length" : incomplete;
  return textIn(choice, "finish_reason") ?? (fieldOf(source, "status") === "completed" ? "stop" : undefined);
}
