// Calls of language models by clients that one generator has made: those of OpenAI and Anthropic.
import { GenAi } from "../../src/facades/gen-ai/index.ts";
import { InnerCalls } from "../../src/facades/gen-ai/inner-calls.ts";
import type { GenAiOperation } from "../../src/facades/gen-ai/operation.ts";
import type { GenAiUsage } from "../../src/facades/gen-ai/usage.ts";
import { Current } from "./current.ts";
import { prototypeOf } from "./exports.ts";
import { fieldOf, hasMethods, isObject } from "./fields.ts";
import type { ModelConfig } from "./model-options.ts";
import type { Recording } from "./recording.ts";
import { serverFromOrigin } from "./requested-servers.ts";

/** The differences between the clients. */
export interface ModelApi {
  /** The provider by the host of the client's server. */
  providerOf(host: string): string;
  /** The kind of a call by the path of its URL; `undefined` for those that use no model. */
  operationOf(path: string): string | undefined;
  /** Returns the usage in a response, or in one chunk of it. */
  usageIn(body: unknown): GenAiUsage;
}

/** The request of an attempt, noted when the client has built it. */
interface Requested {
  readonly model: unknown;
}

// Clients of the application stay instrumented while the instrumentation is disabled.
const current = new Current<{ facade(): GenAi }>();
// By the `init` of `fetch`, and by the controller of an attempt.
const requests = new WeakMap<object, Requested>();
const operations = new WeakMap<object, GenAiOperation>();

/**
 * Records each attempt of each call of the client's class. `exports` are those of its package: the class `client` sends the
 * attempts, and `APIPromise` reads the responses.
 */
export function watchClients(
  recording: Recording<ModelConfig>,
  exports: unknown,
  client: string,
  api: ModelApi,
): void {
  const prototype = prototypeOf(exports, client);
  recording.after(prototype, "buildRequest", (_client, built, options) => {
    const note = (request: unknown): void => {
      const init = fieldOf(request, "req");
      if (isObject(init)) requests.set(init, { model: fieldOf(fieldOf(options, "body"), "model") });
    };
    // Older versions return no promise.
    if (built instanceof Promise) recording.observedAside(built, { fulfilled: note });
    else note(built);
  });
  recording.outcome(
    prototype,
    "fetchWithTimeout",
    (_client, [url, init, , controller]) => {
      const operation = begun(api, String(url), init);
      if (operation === undefined) return {};
      return {
        fulfilled(response) {
          if (fieldOf(response, "ok") !== true) operation.failed(response);
          else if (isObject(controller)) operations.set(controller, operation);
        },
        rejected: (error) => operation.failed(error),
      };
    },
    "aside",
  );
  recording.wrap(prototypeOf(exports, "APIPromise"), "parse", (original) => {
    return function (...args) {
      const isKnown = fieldOf(this, "parsedPromise") !== undefined;
      const parsed: unknown = Reflect.apply(original, this, args);
      const response = fieldOf(this, "responsePromise");
      if (isKnown || !isObject(this) || !(parsed instanceof Promise) || !(response instanceof Promise))
        return parsed;
      const seen = read(api, response, parsed, recording);
      Reflect.set(this, "parsedPromise", seen);
      return seen;
    };
  });
}

/** Sets the facade until the end of a recording. */
export function recordModels(recording: Recording<ModelConfig>): void {
  const { config, meterProvider } = recording;
  InnerCalls.expect();
  let genAi: GenAi | undefined;
  current.set(recording, {
    facade: () => (genAi ??= config.genAi?.() ?? new GenAi({ meterProvider })),
  });
}

function begun(api: ModelApi, url: string, init: unknown): GenAiOperation | undefined {
  const requested = isObject(init) ? requests.get(init) : undefined;
  const isPost = String(fieldOf(init, "method")).toUpperCase() === "POST";
  if (current.value === undefined || requested === undefined || !isPost) return undefined;
  const { pathname, origin, hostname } = new URL(url);
  const operation = api.operationOf(pathname);
  if (operation === undefined) return undefined;
  const { address, port } = serverFromOrigin(origin);
  const { model } = requested;
  return current.value.facade().operation({
    provider: api.providerOf(hostname),
    operation,
    ...(typeof model === "string" && { requestModel: model }),
    serverAddress: address,
    serverPort: port,
  });
}

// The caller gets a promise that is settled after the call is recorded, and a stream that reports its chunks.
async function read(
  api: ModelApi,
  response: Promise<unknown>,
  parsed: Promise<unknown>,
  recording: Recording<unknown>,
): Promise<unknown> {
  let body: unknown;
  try {
    body = await parsed;
  } catch (error) {
    (await operationOf(response))?.failed(error);
    throw error;
  }
  const operation = await operationOf(response);
  if (operation !== undefined) {
    recording.safely(() => {
      if (hasMethods(body, "iterator")) watchStream(api, body, operation);
      else operation.ended(api.usageIn(body));
    });
  }
  return body;
}

// Returns the call of an attempt with a response; the others have ended.
async function operationOf(response: Promise<unknown>): Promise<GenAiOperation | undefined> {
  try {
    const controller = fieldOf(await response, "controller");
    return isObject(controller) ? operations.get(controller) : undefined;
  } catch {
    return undefined;
  }
}

type Iterate = (...args: readonly unknown[]) => unknown;

function watchStream(
  api: ModelApi,
  stream: Readonly<Record<"iterator", Iterate>>,
  operation: GenAiOperation,
): void {
  const { iterator } = stream;
  Reflect.set(stream, "iterator", function (this: unknown) {
    const inner = Reflect.apply(iterator, this, []);
    return hasMethods(inner, "next") ? new WatchedIterator(inner, api, operation) : inner;
  });
}

// Passes on what the client's generator does.
class WatchedIterator implements AsyncIterableIterator<unknown> {
  readonly #inner: Readonly<Record<"next", Iterate>>;
  readonly #api: ModelApi;
  readonly #operation: GenAiOperation;
  #usage: GenAiUsage = {};

  constructor(inner: Readonly<Record<"next", Iterate>>, api: ModelApi, operation: GenAiOperation) {
    this.#inner = inner;
    this.#api = api;
    this.#operation = operation;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(...args: readonly unknown[]): Promise<IteratorResult<unknown>> {
    return this.#seen("next", args);
  }

  // A stream that the application leaves has ended, with what was reported until then.
  return(...args: readonly unknown[]): Promise<IteratorResult<unknown>> {
    this.#operation.ended(this.#usage);
    return this.#seen("return", args);
  }

  throw(...args: readonly unknown[]): Promise<IteratorResult<unknown>> {
    this.#operation.failed(args[0]);
    return this.#seen("throw", args);
  }

  async #seen(
    method: "next" | "return" | "throw",
    args: readonly unknown[],
  ): Promise<IteratorResult<unknown>> {
    const call: unknown = Reflect.get(this.#inner, method);
    if (typeof call !== "function") return { done: true, value: args[0] };
    try {
      const result: IteratorResult<unknown> = await Reflect.apply(call, this.#inner, args);
      if (result.done === true) {
        this.#operation.ended(this.#usage);
      } else {
        this.#operation.chunk();
        this.#usage = { ...this.#usage, ...defined(this.#api.usageIn(result.value)) };
      }
      return result;
    } catch (error) {
      this.#operation.failed(error);
      throw error;
    }
  }
}

function defined(usage: GenAiUsage): GenAiUsage {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== undefined));
}

/** A field that is a number; `undefined` otherwise. */
export function numberIn(value: unknown, field: string): number | undefined {
  const found = fieldOf(value, field);
  return typeof found === "number" ? found : undefined;
}

/** A field that is a text; `undefined` otherwise. */
export function textIn(value: unknown, field: string): string | undefined {
  const found = fieldOf(value, field);
  return typeof found === "string" ? found : undefined;
}
