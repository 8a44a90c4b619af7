// Calls of language models by a client's library: what they report, as a whole or chunk by chunk.
import { GenAi } from "../../src/facades/gen-ai/index.ts";
import { InnerCalls } from "../../src/facades/gen-ai/inner-calls.ts";
import type { GenAiOperation } from "../../src/facades/gen-ai/operation.ts";
import type { GenAiUsage } from "../../src/facades/gen-ai/usage.ts";
import { fieldOf, hasMethods, isObject } from "./fields.ts";
import type { ModelConfig } from "./model-options.ts";
import { isMethod, type Method } from "../../src/recording/replace-method.ts";
import type { Recording } from "./recording.ts";
import { RequestedServers, serverFromOrigin } from "./requested-servers.ts";

/** The report of a call so far. `failure` is an error that is reported in a response. */
export type UsageReport = { -readonly [Field in keyof GenAiUsage]: GenAiUsage[Field] } & { failure?: object };

/** Writes the usage in a response, or in one chunk of it, into `usage`. */
export type ReadUsage = (body: unknown, usage: UsageReport) => void;

/** Returns a function that returns the facade to record into. It is made at the first call. */
export function facadeOf({ config, meterProvider }: Recording<ModelConfig>): () => GenAi {
  let genAi: GenAi | undefined;
  return () => (genAi ??= config.genAi?.() ?? new GenAi({ meterProvider }));
}

type Begin = (isRetry?: boolean) => GenAiOperation;

/** A call that begins. */
export interface ModelRequest {
  readonly provider: string;
  readonly operation: string;
  /** Recorded if it is a text. */
  readonly model: unknown;
  /** Begin of the server's URL: `https://api.openai.com`. */
  readonly origin: string;
  /** Whether the client repeats a failed attempt. */
  readonly isRetry?: boolean;
}

/** The calls of one client's library. */
export class ModelCalls {
  readonly #recording: Recording<ModelConfig>;
  readonly #readUsage: ReadUsage;
  readonly #servers = new RequestedServers();
  readonly #genAi: () => GenAi;

  constructor(recording: Recording<ModelConfig>, readUsage: ReadUsage) {
    this.#recording = recording;
    this.#readUsage = readUsage;
    this.#genAi = facadeOf(recording);
    InnerCalls.expect();
  }

  begin({ provider, operation, model, origin, isRetry }: ModelRequest): ModelCall {
    const genAi = this.#genAi();
    const { address, port } = this.#servers.ofText(origin, serverFromOrigin);
    const request = {
      provider,
      operation,
      requestModel: typeof model === "string" ? model : undefined,
      serverAddress: address,
      serverPort: port,
    };
    const begin: Begin = (isRepeated = isRetry) => genAi.operation({ ...request, isRetry: isRepeated });
    return new ModelCall(begin, this.#readUsage, this.#recording);
  }

  /**
   * Records the calls of method `name` of `target`, which returns the promise of a response or of a stream. `requestOf` returns
   * `undefined` for a call without a model.
   */
  watch(
    target: unknown,
    name: string,
    requestOf: (self: unknown, args: readonly unknown[]) => ModelRequest | undefined,
  ): void {
    this.#recording.outcome(target, name, (self, args) => {
      const request = requestOf(self, args);
      if (request === undefined) return {};
      const call = this.begin(request);
      return { fulfilled: (body) => call.responded(body), rejected: (error) => call.failed(error) };
    });
  }
}

/** A call of a model. No method throws. */
export class ModelCall {
  readonly #begin: Begin;
  readonly #readUsage: ReadUsage;
  readonly #recording: Recording<ModelConfig>;
  readonly #usage: UsageReport = {};
  #operation: GenAiOperation;
  #isFailed = false;

  constructor(begin: Begin, readUsage: ReadUsage, recording: Recording<ModelConfig>) {
    this.#begin = begin;
    this.#operation = begin();
    this.#readUsage = readUsage;
    this.#recording = recording;
  }

  /** Begins an attempt; each after a failure is an operation of its own. */
  attempted(): void {
    if (!this.#isFailed) return;
    this.#isFailed = false;
    this.#operation = this.#begin(true);
  }

  /** Returns a function like `own`, or like `fetch`, whose calls are the attempts. */
  attempts(own: unknown): Method {
    const send = isMethod(own) ? own : fetch;
    return async (...args) => {
      this.attempted();
      try {
        const response: unknown = await Reflect.apply(send, undefined, args);
        if (fieldOf(response, "ok") === false) this.failed(response);
        return response;
      } catch (error) {
        this.failed(error);
        throw error;
      }
    };
  }

  chunk(value: unknown): void {
    try {
      this.#operation.chunk();
      this.#readUsage(value, this.#usage);
    } catch (error) {
      this.#recording.failed(error);
    }
  }

  /** Ends the call with its response. A stream ends it later. */
  responded(body: unknown): void {
    try {
      if (isStream(body)) return watchStream(body, this);
      this.#readUsage(body, this.#usage);
    } catch (error) {
      this.#recording.failed(error);
    }
    this.ended();
  }

  /** Ends the call with what was reported so far. */
  ended(): void {
    const { failure } = this.#usage;
    if (failure !== undefined) return this.failed(failure);
    this.#recording.safely(() => this.#operation.ended(this.#usage));
  }

  failed(error: unknown): void {
    this.#isFailed = true;
    this.#recording.safely(() => this.#operation.failed(error));
  }
}

function isStream(body: unknown): body is object {
  return hasMethods(body, "iterator") || typeof fieldOf(body, Symbol.asyncIterator) === "function";
}

// A stream reports its chunks as the application takes them.
function watchStream(stream: object, call: ModelCall): void {
  if (hasMethods(stream, "next")) return watchIterator(stream, call);
  const name = hasMethods(stream, "iterator") ? "iterator" : Symbol.asyncIterator;
  replace(stream, name, (iterate, self) => {
    const iterator = Reflect.apply(iterate, self, []);
    if (isObject(iterator)) watchIterator(iterator, call);
    return iterator;
  });
}

function watchIterator(iterator: object, call: ModelCall): void {
  const seen = (result: unknown): unknown => {
    if (fieldOf(result, "done") === true) call.ended();
    else call.chunk(fieldOf(result, "value"));
    return result;
  };
  const failed = (error: unknown): never => {
    call.failed(error);
    throw error;
  };
  replace(iterator, "next", (next, self, args) =>
    Promise.resolve(Reflect.apply(next, self, args)).then(seen, failed),
  );
  // A stream that the application leaves has ended, with what was reported until then.
  replace(iterator, "return", (end, self, args) => {
    call.ended();
    return Reflect.apply(end, self, args);
  });
  replace(iterator, "throw", (fail, self, args) => {
    call.failed(args[0]);
    return Reflect.apply(fail, self, args);
  });
}

// Replaces a method of one object, if it has it.
function replace(
  target: object,
  name: PropertyKey,
  call: (original: Method, self: unknown, args: readonly unknown[]) => unknown,
): void {
  const original: unknown = Reflect.get(target, name);
  if (!isMethod(original)) return;
  const value = function (this: unknown, ...args: readonly unknown[]): unknown {
    return call(original, this, args);
  };
  Reflect.defineProperty(target, name, { value, writable: true, configurable: true });
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
