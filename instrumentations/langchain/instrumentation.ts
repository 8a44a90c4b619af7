import { AsyncResource } from "node:async_hooks";
import { types } from "node:util";
import type { GenAi, GenAiUsage } from "../../src/facades/index.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, listIn } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { numberIn, textIn } from "../shared/model-calls.ts";
import type { ModelConfig } from "../shared/model-options.ts";
import { observed, observedAside } from "../shared/observed.ts";
import { ModelFacade, type OuterCall } from "../shared/outer-models.ts";
import { isMethod } from "../../src/recording/replace-method.ts";
import type { Recording } from "../shared/recording.ts";
import { wrapOnce } from "../shared/wrap-once.ts";

type Measure = (genAi: GenAi, self: unknown, call: () => unknown) => unknown;
type Iterator = Readonly<Record<"next" | "return", (...args: readonly unknown[]) => unknown>>;

// The methods of a model's queue, with the argument that is the call. Newer versions have the second one.
const QUEUED = [
  ["call", 0],
  ["callWithRetries", 1],
] as const;
// Classes of the application stay wrapped while the instrumentation is disabled.
const facade = new ModelFacade();

/** Records the calls of chat models and of tools of `@langchain/core`, and of the agents of `langchain`. */
export function begin(recording: Recording<ModelConfig>): Attach {
  facade.set(recording);
  return (exports, { path = "" }) => {
    const wrap = (type: string, method: string, measure: Measure): void =>
      void recording.wrap(prototypeOf(exports, type), method, (original) => {
        return function (...args) {
          const call = (): unknown => Reflect.apply(original, this, args);
          const genAi = facade.value;
          return genAi === undefined ? call() : measure(genAi, this, call);
        };
      });
    if (path.includes("/tools/"))
      return wrap("StructuredTool", "call", (genAi, tool, call) =>
        genAi.tool(textIn(tool, "name") ?? "", call),
      );
    if (path.includes("/agents/")) {
      // As LangChain itself calls an agent without a name.
      const nameOf = (agent: unknown): string => textIn(fieldOf(agent, "options"), "name") ?? "LangGraph";
      wrap("ReactAgent", "invoke", (genAi, agent, call) => genAi.agent(nameOf(agent), call));
      for (const method of ["stream", "streamEvents"])
        wrap("ReactAgent", method, (genAi, agent, call) => streamed(genAi, nameOf(agent), call));
      return;
    }
    const prototype = prototypeOf(exports, "BaseChatModel");
    for (const method of ["generate", "_streamIterator"]) recording.before(prototype, method, watchModel);
  };
}

// A streamed run lasts until its stream ends, fails, or is left by the application.
function streamed(genAi: GenAi, name: string, call: () => unknown): unknown {
  let result: unknown;
  const run = genAi.agent(name, () => {
    const stream = call();
    return new Promise<void>((resolve, reject) => {
      const watch = (value: unknown): void => watchStream(value, resolve, reject);
      result = hasMethods(stream, "then") ? observed(stream, { fulfilled: watch, rejected: reject }) : stream;
      // `for await` reads the methods of a stream at once.
      if (result === stream) watch(stream);
    });
  });
  // The application gets the error from the stream.
  run.catch(() => {});
  return result;
}

function watchStream(stream: unknown, ended: () => void, failed: (error: unknown) => void): void {
  const output = fieldOf(stream, "output");
  // Version 3 of `streamEvents` has several streams, and a promise of the whole run, which LangGraph handles.
  if (types.isPromise(output)) return void observedAside(output, { fulfilled: ended, rejected: failed });
  if (!hasMethods(stream, "next", "return")) return;
  for (const name of ["next", "return"] as const) {
    const step = stream[name];
    const value = async (...args: readonly unknown[]): Promise<unknown> => {
      try {
        const result: unknown = await Reflect.apply(step, stream, args);
        if (fieldOf(result, "done") === true) ended();
        return result;
      } catch (error) {
        failed(error);
        throw error;
      }
    };
    Reflect.defineProperty(stream, name, { value, configurable: true, writable: true });
  }
}

// The methods that each class of models has of its own, and its queue.
function watchModel(model: unknown): void {
  // With `maxConcurrency`, a queued call begins in the context of the call that has ended.
  for (const [method, position] of QUEUED)
    wrapOnce(fieldOf(model, "caller"), method, (original) => {
      return function (...args) {
        const send = args[position];
        const bound = isMethod(send) ? args.with(position, AsyncResource.bind(send)) : args;
        return Reflect.apply(original, this, bound);
      };
    });
  wrapOnce(model, "_generate", (original) => {
    return async function (...args) {
      const call = begun(this, args[1]);
      if (call === undefined) return Reflect.apply(original, this, args);
      let result: unknown;
      try {
        result = await call.run((): unknown => Reflect.apply(original, this, args));
      } catch (error) {
        call.failed(error);
        throw error;
      }
      call.ended(usageOf(() => listIn(result, "generations")[0]));
      return result;
    };
  });
  wrapOnce(model, "_streamResponseChunks", (original) => {
    return function (...args) {
      const chunks = Reflect.apply(original, this, args);
      return hasMethods(chunks, "next", "return") ? watchChunks(this, args[1], chunks) : chunks;
    };
  });
}

function begun(model: unknown, options: unknown): OuterCall | undefined {
  // The parameters with which LangChain names a call in its traces.
  const describe = (): readonly [unknown, unknown] => {
    const described = hasMethods(model, "getLsParams") ? model.getLsParams(options) : undefined;
    return [fieldOf(described, "ls_provider"), fieldOf(described, "ls_model_name")];
  };
  return facade.begin(() => readable(describe) ?? [undefined, undefined]);
}

async function* watchChunks(model: unknown, options: unknown, chunks: Iterator): AsyncGenerator {
  const call = begun(model, options);
  let usage: GenAiUsage = {};
  let isOver = true;
  const next = (): unknown => chunks.next();
  try {
    for (;;) {
      isOver = true;
      const result = await (call === undefined ? next() : call.run(next));
      if (fieldOf(result, "done") === true) return;
      isOver = false;
      const chunk = fieldOf(result, "value");
      call?.chunk();
      const more = usageOf(() => chunk);
      usage = added(usage, more);
      yield chunk;
    }
  } catch (error) {
    call?.failed(error);
    throw error;
  } finally {
    call?.ended(usage);
    if (!isOver) await chunks.return();
  }
}

// The usage of a stream is the sum of what its chunks report.
function added(before: GenAiUsage, chunk: GenAiUsage): GenAiUsage {
  const sum = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined ? b : a + (b ?? 0);
  return {
    responseModel: chunk.responseModel ?? before.responseModel,
    inputTokens: sum(before.inputTokens, chunk.inputTokens),
    outputTokens: sum(before.outputTokens, chunk.outputTokens),
    cachedTokens: sum(before.cachedTokens, chunk.cachedTokens),
    cacheWriteTokens: sum(before.cacheWriteTokens, chunk.cacheWriteTokens),
    reasoningTokens: sum(before.reasoningTokens, chunk.reasoningTokens),
    finishReason: chunk.finishReason ?? before.finishReason,
  };
}

function usageOf(read: () => unknown): GenAiUsage {
  return readable(() => usageIn(read())) ?? {};
}

// A generation may throw when it is read. The application gets it anyway.
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

// Reads a generation, or one chunk of it.
function usageIn(generation: unknown): GenAiUsage {
  const message = fieldOf(generation, "message");
  const usage = fieldOf(message, "usage_metadata");
  const input = fieldOf(usage, "input_token_details");
  const output = fieldOf(usage, "output_token_details");
  const response = fieldOf(message, "response_metadata");
  const info = fieldOf(generation, "generationInfo");
  return {
    responseModel: textIn(response, "model_name") ?? textIn(response, "model"),
    inputTokens: numberIn(usage, "input_tokens"),
    outputTokens: numberIn(usage, "output_tokens"),
    cachedTokens: numberIn(input, "cache_read"),
    cacheWriteTokens: numberIn(input, "cache_creation"),
    reasoningTokens: numberIn(output, "reasoning"),
    finishReason:
      textIn(response, "finish_reason") ?? textIn(response, "stop_reason") ?? textIn(info, "finish_reason"),
  };
}
