import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, isObject, listIn } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import {
  type ModelCall,
  ModelCalls,
  type ModelRequest,
  numberIn,
  textIn,
  type UsageReport,
} from "../shared/model-calls.ts";
import type { ModelConfig } from "../shared/model-options.ts";
import type { Recording } from "../shared/recording.ts";

// Methods that send one request each. Those of the application may call them several times, for tools.
const METHODS = [
  "generateContentInternal generateContentStreamInternal generateImagesInternal editImageInternal",
  // The last one is of version 1.
  "upscaleImageInternal recontextImage embedContentInternal embedContent",
].flatMap((names) => names.split(" "));
const FETCH_PARAMETER = 6;

/** Records the calls of the `@google/genai` package. */
export function begin(recording: Recording<ModelConfig>): Attach {
  // The call whose method runs, and the calls by their URLs, which the method makes at once.
  let running: ModelCall | undefined;
  const byUrl = new WeakMap<object, ModelCall>();

  // The class of the client that sends requests is not exported.
  const watchTransport = (transport: unknown): void => {
    recording.after(transport, "constructUrl", (_self, url) => {
      if (running !== undefined && isObject(url)) byUrl.set(url, running);
    });
    for (const name of ["unaryApiCall", "streamApiCall"]) {
      recording.wrap(transport, name, (original) => {
        return function (...args) {
          const call = isObject(args[0]) ? byUrl.get(args[0]) : undefined;
          if (call === undefined) return Reflect.apply(original, this, args);
          const given = Array.from({ length: FETCH_PARAMETER }, (_, i) => args[i]);
          return Reflect.apply(original, this, [...given, call.attempts(args[FETCH_PARAMETER])]);
        };
      });
    }
  };

  return (exports) => {
    const models = new ModelCalls(recording, readUsage);
    const prototype = prototypeOf(exports, "Models");
    for (const name of METHODS.filter((each) => each in prototype)) {
      const operation = name.startsWith("embed") ? "embeddings" : "generate_content";
      recording.wrap(prototype, name, (original) => {
        return function (...args) {
          const call = recording.safely(() => {
            const client = fieldOf(this, "apiClient");
            watchTransport(Object.getPrototypeOf(client));
            return models.begin(requestOf(client, operation, args[0]));
          });
          running = call;
          let result: unknown;
          try {
            result = Reflect.apply(original, this, args);
          } finally {
            running = undefined;
          }
          if (call === undefined) return result;
          return recording.observed(result, {
            fulfilled: (body) => call.responded(body),
            rejected: (error) => call.failed(error),
          });
        };
      });
    }
  };
}

function requestOf(client: unknown, operation: string, parameters: unknown): ModelRequest {
  const isVertex = hasMethods(client, "isVertexAI") && client.isVertexAI() === true;
  const options = fieldOf(fieldOf(client, "clientOptions"), "httpOptions");
  return {
    provider: isVertex ? "gcp.vertex_ai" : "gcp.gemini",
    operation,
    model: fieldOf(parameters, "model"),
    origin: String(fieldOf(options, "baseUrl")),
  };
}

// Reads a response, or a chunk: the counts of each are those since the beginning.
function readUsage(body: unknown, report: UsageReport): void {
  report.responseModel = textIn(body, "modelVersion") ?? report.responseModel;
  report.finishReason = textIn(listIn(body, "candidates")[0], "finishReason") ?? report.finishReason;
  const usage = fieldOf(body, "usageMetadata");
  if (usage === undefined || usage === null) return;
  const prompt = numberIn(usage, "promptTokenCount");
  const answer = numberIn(usage, "candidatesTokenCount");
  const thoughts = numberIn(usage, "thoughtsTokenCount");
  if (prompt !== undefined) report.inputTokens = prompt + (numberIn(usage, "toolUsePromptTokenCount") ?? 0);
  if (answer !== undefined || thoughts !== undefined) report.outputTokens = (answer ?? 0) + (thoughts ?? 0);
  report.reasoningTokens = thoughts ?? report.reasoningTokens;
  report.cachedTokens = numberIn(usage, "cachedContentTokenCount") ?? report.cachedTokens;
  const input = audioIn(usage, "promptTokensDetails");
  const output = audioIn(usage, "candidatesTokensDetails");
  if (input !== undefined || output !== undefined) report.audioTokens = { input, output };
}

function audioIn(usage: unknown, field: string): number | undefined {
  const audio = listIn(usage, field).find((each) => fieldOf(each, "modality") === "AUDIO");
  return numberIn(audio, "tokenCount");
}
