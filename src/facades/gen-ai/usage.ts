// The usage that a model reports of an operation, checked, since it comes from outside.
import { readField } from "../../events/labels.ts";
import { isAmount } from "../../recording/guarded-instruments.ts";

/** Tokens of an operation and the end of it, as the provider reports them. Counts that it does not report are left out. */
export interface GenAiUsage {
  /** Name of the model that responded. */
  readonly responseModel?: string | undefined;
  /** Tokens of the input, those from a cache included. */
  readonly inputTokens?: number | undefined;
  /** Tokens of the output, those of reasoning included. */
  readonly outputTokens?: number | undefined;
  /** Those of the input that were read from the provider's cache. */
  readonly cachedTokens?: number | undefined;
  /** Those of the input that were written to the provider's cache. */
  readonly cacheWriteTokens?: number | undefined;
  /** Those of the output that were used for reasoning. */
  readonly reasoningTokens?: number | undefined;
  /** Those of audio. */
  readonly audioTokens?:
    | {
        /** Those of the input. */
        readonly input?: number | undefined;
        /** Those of the output. */
        readonly output?: number | undefined;
      }
    | undefined;
  /** The reason for which the model stopped: `stop`, `length`, `tool_calls`. */
  readonly finishReason?: string | undefined;
}

/** The valid counts of a {@link GenAiUsage}. */
export interface Tokens {
  readonly input: number | undefined;
  readonly output: number | undefined;
  readonly cached: number | undefined;
  readonly cacheWrite: number | undefined;
  readonly reasoning: number | undefined;
  readonly audioInput: number | undefined;
  readonly audioOutput: number | undefined;
}

/** Returns the counts. `refuse` is called with each that is not a finite number from 0. */
export function tokensOf(usage: GenAiUsage, refuse: (value: unknown) => void): Tokens {
  const count = (value: unknown): number | undefined => {
    if (value === undefined || value === null) return undefined;
    if (typeof value === "number" && isAmount(value)) return value;
    refuse(value);
    return undefined;
  };
  return {
    input: count(usage.inputTokens),
    output: count(usage.outputTokens),
    cached: count(usage.cachedTokens),
    cacheWrite: count(usage.cacheWriteTokens),
    reasoning: count(usage.reasoningTokens),
    audioInput: count(readField(usage.audioTokens, "input")),
    audioOutput: count(readField(usage.audioTokens, "output")),
  };
}
