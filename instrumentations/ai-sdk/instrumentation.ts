import type { GenAiUsage } from "../../src/facades/index.ts";
import type { Method } from "../../src/recording/replace-method.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject, isRecord } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { numberIn, textIn } from "../shared/model-calls.ts";
import type { ModelConfig } from "../shared/model-options.ts";
import { ModelFacade, OuterCall, wrapOnce } from "../shared/outer-models.ts";
import type { Recording } from "../shared/recording.ts";
import { FUNCTIONS } from "./index.ts";

// Objects of the application stay wrapped while the instrumentation is disabled.
const facade = new ModelFacade();
const AGENTS = ["Experimental_Agent", "ToolLoopAgent"];

/** Records the calls of the `ai` package: those of the models that its functions and agents get, and of tools. */
export function begin(recording: Recording<ModelConfig>): Attach {
  facade.set(recording);
  return (exports) => {
    const see = (options: unknown): void => {
      watchModel(exports, fieldOf(options, "model"));
      const tools = fieldOf(options, "tools");
      if (isRecord(tools)) for (const name of Object.keys(tools)) watchTool(name, tools[name]);
    };
    for (const name of FUNCTIONS.filter((each) => isIn(exports, each)))
      recording.before(exports, name, (_self, options) => see(options));
    for (const agent of AGENTS.filter((each) => isIn(exports, each)))
      for (const method of ["generate", "stream"])
        recording.before(prototypeOf(exports, agent), method, (self) => see(fieldOf(self, "settings")));
  };
}

function isIn(exports: unknown, name: string): boolean {
  // The first one is there in each version.
  return name === FUNCTIONS[0] || fieldOf(exports, name) !== undefined;
}

// A model, or its name at the default provider. Its class is wrapped, so that models of agents and steps are seen, too.
function watchModel(exports: unknown, given: unknown): void {
  const model = typeof given === "string" ? namedModel(exports, given) : given;
  wrapOnce(model, "doGenerate", (original) => {
    return function (...args) {
      return called(this, original, args, "chat", (result) => result);
    };
  });
  wrapOnce(model, "doStream", (original) => {
    return function (...args) {
      return called(this, original, args, "chat", watchStream);
    };
  });
  wrapOnce(model, "doEmbed", (original) => {
    return function (...args) {
      return called(this, original, args, "embeddings", (result) => result);
    };
  });
}

function namedModel(exports: unknown, name: string): unknown {
  const provider: unknown = Reflect.get(globalThis, "AI_SDK_DEFAULT_PROVIDER") ?? fieldOf(exports, "gateway");
  const make: unknown = Reflect.get(Object(provider), "languageModel");
  return typeof make === "function" ? Reflect.apply(make, provider, [name]) : undefined;
}

function watchTool(name: string, tool: unknown): void {
  wrapOnce(tool, "execute", (original) => {
    return function (...args) {
      const call = (): unknown => Reflect.apply(original, this, args);
      const genAi = facade.value;
      // Results of a generator have no single time.
      const isGenerator = original.constructor.name === "AsyncGeneratorFunction";
      return genAi === undefined || isGenerator ? call() : genAi.tool(name, call);
    };
  });
}

async function called(
  model: unknown,
  original: Method,
  args: readonly unknown[],
  operation: string,
  pass: (result: unknown, call: OuterCall) => unknown,
): Promise<unknown> {
  const genAi = facade.value;
  if (genAi === undefined) return Reflect.apply(original, model, args);
  const call = new OuterCall(genAi, fieldOf(model, "provider"), fieldOf(model, "modelId"), operation);
  let result: unknown;
  try {
    result = await call.run((): unknown => Reflect.apply(original, model, args));
  } catch (error) {
    call.failed(failureOf(error));
    throw error;
  }
  try {
    const passed = pass(result, call);
    if (passed === result) call.ended(usageIn(result));
    return passed;
  } catch {
    // A result may throw when it is read. The application gets it anyway.
    return result;
  }
}

// Errors of a request have their status as `statusCode`.
function failureOf(error: unknown): unknown {
  const status = numberIn(error, "statusCode");
  return status === undefined ? error : { status };
}

function watchStream(result: unknown, call: OuterCall): unknown {
  const stream = fieldOf(result, "stream");
  if (!isObject(result) || !(stream instanceof ReadableStream)) return result;
  const reader: ReadableStreamDefaultReader<unknown> = stream.getReader();
  let usage: GenAiUsage = {};
  let output: ReadableStreamDefaultController<unknown> | undefined;
  // One function for all chunks, and no further promise for each.
  const pass = ({ done, value }: { readonly done: boolean; readonly value?: unknown }): void => {
    if (done) {
      call.ended(usage);
      output?.close();
    } else {
      try {
        usage = seen(value, usage, call);
      } catch {
        // A part may throw when it is read. The application gets it anyway.
      }
      output?.enqueue(value);
    }
  };
  const fail = (error: unknown): void => {
    call.failed(failureOf(error));
    output?.error(error);
  };
  const watched = new ReadableStream<unknown>(
    {
      start(controller) {
        output = controller;
      },
      pull: () => reader.read().then(pass, fail),
      cancel(reason) {
        call.ended(usage);
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return { ...result, stream: watched };
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

// In version 5, the input of Anthropic's models is that without a cache. Returns the tokens that were written to it.
function uncountedIn(metadata: unknown): number | undefined {
  const anthropic = fieldOf(metadata, "anthropic");
  return anthropic === undefined ? undefined : (numberIn(anthropic, "cacheCreationInputTokens") ?? 0);
}
