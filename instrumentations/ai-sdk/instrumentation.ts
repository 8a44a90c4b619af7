import type { GenAiUsage } from "../../src/facades/index.ts";
import type { Method } from "../../src/recording/replace-method.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject, isRecord } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { numberIn, textIn } from "../shared/model-calls.ts";
import type { ModelConfig } from "../shared/model-options.ts";
import { ModelFacade, type OuterCall } from "../shared/outer-models.ts";
import type { Recording } from "../shared/recording.ts";
import { watchReads } from "./streams.ts";
import { wrapOnce } from "../shared/wrap-once.ts";

// Objects of the application stay wrapped while the instrumentation is disabled.
const facade = new ModelFacade();
const AGENTS = ["Experimental_Agent", "ToolLoopAgent"];
// The methods of a provider.
const MODELS = [
  "languageModel",
  "embeddingModel",
  "textEmbeddingModel",
  "imageModel",
  "speechModel",
  "transcriptionModel",
  "videoModel",
];
// The methods of a model, and the kind of the call by its options.
const CALLS = [
  ["doGenerate", generationOf],
  ["doStream", () => "chat"],
  ["doEmbed", () => "embeddings"],
] as const;
// A name is that of the latest call, as tools may be copied with their wrapped function.
const toolNames = new WeakMap<object, string>();
// Prompts of attempts that failed: a call of `ai` repeats one with the same object. The values of embeddings may be the
// application's own list, which several calls get; each of them has its own headers.
const failedPrompts = new WeakMap<object, unknown>();
// The running calls by prompt, those of embeddings by options: a model that passes them on to another one is one call with it.
const running = new WeakMap<object, OuterCall>();

/** Records the calls of the `ai` package: those of the models that its functions and agents get, and of tools. */
export function begin(recording: Recording<ModelConfig>): Attach {
  facade.set(recording);
  return (exports, { replaces = [] }) => {
    const see = (options: unknown): void => {
      const model = fieldOf(options, "model");
      if (typeof model === "string") watchDefaultProvider(exports);
      else watchModel(model);
      const tools = fieldOf(options, "tools");
      if (isRecord(tools)) for (const name of Object.keys(tools)) watchTool(name, tools[name]);
    };
    for (const name of replaces) recording.before(exports, name, (_self, options) => see(options));
    for (const agent of AGENTS.filter((each) => fieldOf(exports, each) !== undefined))
      for (const method of ["generate", "stream"])
        recording.before(prototypeOf(exports, agent), method, (self) => see(fieldOf(self, "settings")));
  };
}

// The class of a model is wrapped, so that models of agents and steps are seen, too.
function watchModel(model: unknown): void {
  for (const [name, kindOf] of CALLS)
    wrapOnce(model, name, (original) => {
      return function (...args) {
        return called(this, original, args, kindOf(args[0]));
      };
    });
}

// One class may serve several kinds: images and videos are asked for by number, speech by a text.
function generationOf(options: unknown): string {
  return ["n", "text", "audio"].some((field) => fieldOf(options, field) !== undefined)
    ? "generate_content"
    : "chat";
}

// It makes the models that are given by name, perhaps a new object for each call.
function watchDefaultProvider(exports: unknown): void {
  const provider: unknown = Reflect.get(globalThis, "AI_SDK_DEFAULT_PROVIDER") ?? fieldOf(exports, "gateway");
  for (const name of MODELS)
    wrapOnce(provider, name, (original) => {
      return function (...args) {
        const model = Reflect.apply(original, this, args);
        watchModel(model);
        return model;
      };
    });
}

function watchTool(name: string, tool: unknown): void {
  if (isObject(tool)) toolNames.set(tool, name);
  wrapOnce(tool, "execute", (original) => {
    return function (...args) {
      const call = (): unknown => Reflect.apply(original, this, args);
      const genAi = facade.value;
      // Results of a generator have no single time.
      const isGenerator = original.constructor.name === "AsyncGeneratorFunction";
      return genAi === undefined || isGenerator
        ? call()
        : genAi.tool(toolNames.get(Object(this)) ?? name, call);
    };
  });
}

async function called(
  model: unknown,
  original: Method,
  args: readonly unknown[],
  operation: string,
): Promise<unknown> {
  const [options] = args;
  const values = fieldOf(options, "values");
  const prompt = values ?? fieldOf(options, "prompt");
  const headers = values === undefined ? undefined : fieldOf(options, "headers");
  const isRetry = isObject(prompt) && failedPrompts.has(prompt) && failedPrompts.get(prompt) === headers;
  const call = facade.begin(() => [
    fieldOf(model, "provider"),
    fieldOf(model, "modelId"),
    operation,
    isRetry,
  ]);
  if (call === undefined) return Reflect.apply(original, model, args);
  const passedOn = values === undefined ? prompt : options;
  const outer = isObject(passedOn) ? running.get(passedOn) : undefined;
  const isOuter = isObject(passedOn) && outer === undefined;
  outer?.holds(call);
  if (isOuter) running.set(passedOn, call);
  let result: unknown;
  try {
    result = await call.run((): unknown => Reflect.apply(original, model, args), isPlain(model));
    if (isRetry) failedPrompts.delete(prompt);
  } catch (error) {
    if (isObject(prompt)) failedPrompts.set(prompt, headers);
    call.failed(failureOf(error));
    throw error;
  } finally {
    if (isOuter) running.delete(passedOn);
  }
  try {
    const stream = fieldOf(result, "stream");
    if (stream instanceof ReadableStream) watchStream(stream, call);
    else call.ended(usageIn(result));
  } catch {
    // A result may throw when it is read. The application gets it anyway.
  }
  return result;
}

// Models of providers have classes. One that middleware has wrapped is a plain object, and may change the prompt.
function isPlain(model: unknown): boolean {
  return isObject(model) && Object.getPrototypeOf(model) === Object.prototype;
}

// Errors of a request have their status as `statusCode`.
function failureOf(error: unknown): unknown {
  const status = numberIn(error, "statusCode");
  return status === undefined ? error : { status };
}

function watchStream(stream: ReadableStream<unknown>, call: OuterCall): void {
  let usage: GenAiUsage = {};
  watchReads(stream, {
    part(part) {
      try {
        usage = seen(part, usage, call);
      } catch {
        // A part may throw when it is read. The application gets it anyway.
      }
    },
    ended: () => call.ended(usage),
    failed: (error) => call.failed(failureOf(error)),
  });
}

function seen(part: unknown, usage: GenAiUsage, call: OuterCall): GenAiUsage {
  const type = textIn(part, "type") ?? "";
  if (type.endsWith("-delta")) call.chunk();
  if (type === "error") call.failed(failureOf(fieldOf(part, "error")));
  if (type === "response-metadata")
    return { ...usage, responseModel: textIn(part, "modelId") ?? usage.responseModel };
  return type === "finish" ? { ...usageIn(part), responseModel: usage.responseModel } : usage;
}

// From version 6 on, counts are objects with their parts.
function usageIn(result: unknown): GenAiUsage {
  const usage = fieldOf(result, "usage");
  const [input, output] = [fieldOf(usage, "inputTokens"), fieldOf(usage, "outputTokens")];
  const reason = fieldOf(result, "finishReason");
  const cached = numberIn(usage, "cachedInputTokens") ?? numberIn(input, "cacheRead");
  const uncounted = uncountedIn(fieldOf(result, "providerMetadata"));
  const plain = numberIn(usage, "inputTokens");
  return {
    responseModel: textIn(fieldOf(result, "response"), "modelId"),
    inputTokens:
      plain === undefined
        ? (numberIn(input, "total") ?? numberIn(usage, "tokens"))
        : plain + (uncounted === undefined ? 0 : (cached ?? 0) + uncounted),
    cachedTokens: cached,
    cacheWriteTokens: numberIn(input, "cacheWrite") ?? uncounted,
    outputTokens: numberIn(usage, "outputTokens") ?? numberIn(output, "total"),
    reasoningTokens: numberIn(usage, "reasoningTokens") ?? numberIn(output, "reasoning"),
    finishReason: typeof reason === "string" ? reason : textIn(reason, "unified"),
  };
}

// In version 5, the input of Anthropic's and Bedrock's models is that without a cache. Returns the tokens that were written to it.
function uncountedIn(metadata: unknown): number | undefined {
  const [anthropic, bedrock] = [fieldOf(metadata, "anthropic"), fieldOf(metadata, "bedrock")];
  // It may be NaN.
  if (bedrock !== undefined) return numberIn(fieldOf(bedrock, "usage"), "cacheWriteInputTokens") || 0;
  return anthropic === undefined ? undefined : (numberIn(anthropic, "cacheCreationInputTokens") ?? 0);
}
