// OpenAI's protocol, which servers of other providers speak, too.
import { BoundedNames } from "../../src/recording/bounded-names.ts";
import { OTHER_ERROR_TYPE } from "../../src/recording/error-type.ts";
import { fieldOf, listIn } from "./fields.ts";
import { numberIn, textIn, type UsageReport } from "./model-calls.ts";

const OPERATIONS: readonly (readonly [path: RegExp, operation: string])[] = [
  [/\/(?:chat\/completions|responses)$/, "chat"],
  [/\/completions$/, "text_completion"],
  [/\/embeddings$/, "embeddings"],
  [/\/(?:images|audio|videos)(?:\/|$)/, "generate_content"],
];

// Codes of failures, which come from outside.
const CODES = new BoundedNames(50);

/** The kind of a call by the path of OpenAI's protocol; `undefined` for those that use no model. */
export function openAiOperation(path: string): string | undefined {
  return OPERATIONS.find(([pattern]) => pattern.test(path))?.[1];
}

/** Reads the usage in OpenAI's chat completions, responses and the events of their streams, and embeddings. */
export function readOpenAiUsage(body: unknown, report: UsageReport): void {
  const source = fieldOf(body, "response") ?? body;
  report.responseModel ??= textIn(source, "model");
  report.finishReason = reasonIn(source) ?? report.finishReason;
  if (fieldOf(source, "status") === "failed")
    report.failure = { name: CODES.of(textIn(fieldOf(source, "error"), "code") ?? OTHER_ERROR_TYPE) };
  // Groq's streams.
  const usage = fieldOf(source, "usage") ?? fieldOf(fieldOf(source, "x_groq"), "usage");
  // Hardly any chunk has it.
  if (usage === undefined || usage === null) return;
  const input =
    fieldOf(usage, "prompt_tokens_details") ??
    fieldOf(usage, "input_tokens_details") ??
    // Transcriptions.
    fieldOf(usage, "input_token_details");
  const output = fieldOf(usage, "completion_tokens_details") ?? fieldOf(usage, "output_tokens_details");
  const audio = { input: numberIn(input, "audio_tokens"), output: numberIn(output, "audio_tokens") };
  report.inputTokens = numberIn(usage, "prompt_tokens") ?? numberIn(usage, "input_tokens");
  report.outputTokens = numberIn(usage, "completion_tokens") ?? numberIn(usage, "output_tokens");
  report.cachedTokens = numberIn(input, "cached_tokens");
  report.reasoningTokens = numberIn(output, "reasoning_tokens");
  report.audioTokens = audio.input === undefined && audio.output === undefined ? undefined : audio;
}

function reasonIn(source: unknown): string | undefined {
  // Each chunk of a chat has choices.
  const choices = listIn(source, "choices");
  if (choices.length > 0) return textIn(choices[0], "finish_reason");
  const incomplete = textIn(fieldOf(source, "incomplete_details"), "reason");
  if (incomplete !== undefined) return incomplete === "max_output_tokens" ? "length" : incomplete;
  return fieldOf(source, "status") === "completed" ? "stop" : undefined;
}
