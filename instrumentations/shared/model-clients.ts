// Calls of language models by clients that one generator has made: those of OpenAI, Anthropic and Groq.
import { prototypeOf } from "./exports.ts";
import { fieldOf, isObject } from "./fields.ts";
import { type ModelCall, ModelCalls, type ReadUsage } from "./model-calls.ts";
import type { ModelConfig } from "./model-options.ts";
import type { Recording } from "./recording.ts";

/** The differences between the clients. */
export interface ModelApi {
  /** The provider by the host of the client's server. */
  providerOf(host: string): string;
  /** The kind of a call by the path of its URL; `undefined` for those that use no model. */
  operationOf(path: string): string | undefined;
  readonly readUsage: ReadUsage;
}

/** The request of an attempt, noted when the client has built it. */
interface Requested {
  readonly model: unknown;
  readonly isRetry: boolean;
}

// By the `init` of `fetch`, and by the controller of an attempt.
const requests = new WeakMap<object, Requested>();
const calls = new WeakMap<object, ModelCall>();
const watched = new WeakSet<object>();

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
  const models = new ModelCalls(recording, api.readUsage);
  const prototype = prototypeOf(exports, client);
  recording.after(prototype, "buildRequest", (_client, built, options, attempt) => {
    const note = (request: unknown): void => {
      const init = fieldOf(request, "req");
      if (!isObject(init)) return;
      const isRetry = Number(fieldOf(attempt, "retryCount")) > 0;
      requests.set(init, { model: modelIn(options), isRetry });
    };
    // Older versions return no promise.
    if (built instanceof Promise) recording.observedAside(built, { fulfilled: note });
    else note(built);
  });
  recording.outcome(
    prototype,
    "fetchWithTimeout",
    (_client, [url, init, , controller]) => {
      const call = begun(models, api, String(url), init);
      if (call === undefined) return {};
      return {
        fulfilled(response) {
          if (fieldOf(response, "ok") !== true) call.failed(response);
          else if (isObject(controller)) calls.set(controller, call);
        },
        rejected: (error) => call.failed(error),
      };
    },
    "aside",
  );
  // OpenAI's version 7 reads all responses by a method of the client.
  if ("parseResponseWithTimeout" in prototype) {
    recording.outcome(prototype, "parseResponseWithTimeout", (_client, [, props]) => ({
      fulfilled: (body) => taken(props)?.responded(body),
      rejected: (error) => taken(props)?.failed(error),
    }));
  }
  const promises = prototypeOf(exports, "APIPromise");
  // Both read the response. A promise with another result, as that of `parse()`, reads it by the one that it was made of.
  recording.before(promises, "parse", watchParsing);
  recording.before(promises, "_thenUnwrap", watchParsing);
  // The application reads the response itself.
  recording.outcome(promises, "asResponse", (promise) => {
    const response = fieldOf(promise, "responsePromise");
    if (!isObject(promise) || watched.has(promise) || !(response instanceof Promise)) return {};
    return { fulfilled: () => void response.then((props) => taken(props)?.ended()) };
  });
}

// Audio and images are sent as forms.
function modelIn(options: unknown): unknown {
  const body = fieldOf(options, "body");
  const inForm = body instanceof FormData ? body.get("model") : undefined;
  return fieldOf(body, "model") ?? inForm ?? fieldOf(fieldOf(options, "__metadata"), "model");
}

function begun(models: ModelCalls, api: ModelApi, url: string, init: unknown): ModelCall | undefined {
  const requested = isObject(init) ? requests.get(init) : undefined;
  const isPost = String(fieldOf(init, "method")).toUpperCase() === "POST";
  if (requested === undefined || !isPost) return undefined;
  const { pathname, origin, hostname } = new URL(url);
  const operation = api.operationOf(pathname);
  if (operation === undefined) return undefined;
  return models.begin({ ...requested, provider: api.providerOf(hostname), operation, origin });
}

// The application gets the response after the call is recorded, and a stream that reports its chunks.
function watchParsing(promise: unknown): void {
  const parse = fieldOf(promise, "parseResponse");
  if (!isObject(promise) || watched.has(promise) || typeof parse !== "function") return;
  watched.add(promise);
  const seen = async (...args: readonly unknown[]): Promise<unknown> => {
    const props = args.at(-1);
    try {
      const body: unknown = await Reflect.apply(parse, promise, args);
      taken(props)?.responded(body);
      return body;
    } catch (error) {
      taken(props)?.failed(error);
      throw error;
    }
  };
  Reflect.set(promise, "parseResponse", seen);
}

// Returns the call of a response, once: its body is read, or the application reads it.
function taken(props: unknown): ModelCall | undefined {
  const controller = fieldOf(props, "controller");
  const call = isObject(controller) ? calls.get(controller) : undefined;
  if (isObject(controller)) calls.delete(controller);
  return call;
}
