// Instruments of OpenTelemetry's semantic conventions for generative AI, 0.1.0, and `llm.*`, which they lack.
import type { Attributes } from "@opentelemetry/api";
import type { FacadeMeter } from "../../recording/facade-meter.ts";
import type { GuardedCounter, GuardedHistogram } from "../../recording/guarded-instruments.ts";
import type { Tokens } from "./usage.ts";

const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
// Powers of 4.
const TOKENS = Array.from({ length: 14 }, (_, i) => 4 ** i);
const MODALITY = "gen_ai.token.modality";

/** Instruments of one kind of calls. */
export interface CallInstruments {
  readonly duration: GuardedHistogram;
  /** Records the tokens of a call. */
  tokens(tokens: Tokens, attributes: Attributes): void;
}

/** Instruments of `GenAi`. */
export interface GenAiInstruments {
  readonly inference: CallInstruments;
  readonly embeddings: CallInstruments;
  readonly firstChunk: GuardedHistogram;
  readonly nextChunk: GuardedHistogram;
  readonly served: GuardedHistogram;
  readonly firstToken: GuardedHistogram;
  readonly nextToken: GuardedHistogram;
  readonly tool: GuardedHistogram;
  readonly agent: GuardedHistogram;
  readonly responses: GuardedCounter;
  readonly retries: GuardedCounter;
  readonly cost: GuardedCounter;
}

/** @see OpenTelemetry semantic conventions for generative AI: client inference, client embeddings, metrics */
export function createGenAiInstruments(meter: FacadeMeter): GenAiInstruments {
  const seconds = (name: string, description: string): GuardedHistogram =>
    meter.histogram(name, "s", description, SECONDS);
  const counter = (name: string, description: string): GuardedCounter =>
    meter.counter(name, "{token}", description);
  const perCall = (name: string, description: string): GuardedHistogram =>
    meter.histogram(name, "{token}", description, TOKENS);
  const input = counter(
    "gen_ai.client.inference.usage.input_tokens",
    "Tokens of the input, those from a cache included.",
  );
  const output = counter(
    "gen_ai.client.inference.usage.output_tokens",
    "Tokens of the output, those of reasoning included.",
  );
  const cached = counter(
    "gen_ai.client.inference.usage.cache_read.input_tokens",
    "Tokens of the input that were read from a cache.",
  );
  const cacheWrite = counter(
    "gen_ai.client.inference.usage.cache_write.input_tokens",
    "Tokens of the input that were written to a cache.",
  );
  const reasoning = counter(
    "gen_ai.client.inference.usage.reasoning.output_tokens",
    "Tokens of the output that were used for reasoning.",
  );
  const inputPerCall = perCall(
    "gen_ai.client.inference.operation.input_tokens",
    "Tokens of the input of one call.",
  );
  const outputPerCall = perCall(
    "gen_ai.client.inference.operation.output_tokens",
    "Tokens of the output of one call.",
  );
  const embeddedPerCall = perCall(
    "gen_ai.client.embeddings.operation.input_tokens",
    "Tokens of the input of one call.",
  );
  return {
    inference: {
      duration: seconds("gen_ai.client.inference.duration", "Time of one call of a model."),
      tokens(tokens, attributes) {
        addByModality(input, tokens.input, tokens.audioInput, attributes);
        addByModality(output, tokens.output, tokens.audioOutput, attributes);
        addByModality(cached, tokens.cached, undefined, attributes);
        addByModality(cacheWrite, tokens.cacheWrite, undefined, attributes);
        addByModality(reasoning, tokens.reasoning, undefined, attributes);
        if (tokens.input !== undefined) inputPerCall.record(tokens.input, attributes);
        if (tokens.output !== undefined) outputPerCall.record(tokens.output, attributes);
      },
    },
    embeddings: {
      duration: seconds("gen_ai.client.embeddings.duration", "Time of one call of a model for embeddings."),
      tokens(tokens, attributes) {
        if (tokens.input !== undefined) embeddedPerCall.record(tokens.input, attributes);
      },
    },
    firstChunk: seconds(
      "gen_ai.client.inference.time_to_first_chunk",
      "Time to the first chunk of a streamed response.",
    ),
    nextChunk: seconds(
      "gen_ai.client.inference.time_per_output_chunk",
      "Time between two chunks of a streamed response.",
    ),
    served: seconds("gen_ai.server.request.duration", "Time of one request to a model that is served here."),
    firstToken: seconds("gen_ai.server.time_to_first_token", "Time to the first token of a served response."),
    nextToken: seconds(
      "gen_ai.server.time_per_output_token",
      "Mean time of each further token of a served response.",
    ),
    tool: seconds("gen_ai.execute_tool.duration", "Time of one execution of a tool."),
    agent: seconds("gen_ai.invoke_agent.duration", "Time of one run of an agent."),
    responses: meter.counter(
      "llm.responses",
      "{response}",
      "Responses of models by the reason of their end.",
    ),
    retries: meter.counter("llm.retries", "{call}", "Calls of models that repeat a failed one."),
    cost: meter.counter("llm.cost", "{currency}", "Cost of calls to models by the given prices."),
  };
}

// Providers report the tokens of audio apart, and no others.
function addByModality(
  counter: GuardedCounter,
  all: number | undefined,
  audio: number | undefined,
  attributes: Attributes,
): void {
  if (all === undefined) return;
  const ofAudio = Math.min(audio ?? 0, all);
  if (ofAudio > 0) counter.add(ofAudio, { ...attributes, [MODALITY]: "audio" });
  if (ofAudio < all || ofAudio === 0) counter.add(all - ofAudio, { ...attributes, [MODALITY]: "unknown" });
}
