import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject, listIn } from "../shared/fields.ts";
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

// Methods of the client's parts.
const METHODS: readonly (readonly [part: string, operation: string, ...methods: readonly string[]])[] = [
  ["chat", "chat", "complete", "stream"],
  ["agents", "chat", "complete", "stream"],
  ["fim", "text_completion", "complete", "stream"],
  ["embeddings", "embeddings", "create"],
];

/** Records the calls of the `@mistralai/mistralai` package. */
export function begin(recording: Recording<ModelConfig>): Attach {
  const models = new ModelCalls(recording, readUsage);
  // By the options of the call, the context of its attempts, and the request of each.
  const calls = new WeakMap<object, ModelCall>();
  const link = (known: unknown, next: unknown): void => {
    const call = isObject(known) ? calls.get(known) : undefined;
    if (call !== undefined && isObject(next)) calls.set(next, call);
  };
  const callOf = (key: unknown): ModelCall | undefined => (isObject(key) ? calls.get(key) : undefined);

  return (exports) => {
    const client = prototypeOf(exports, "Mistral");
    for (const [part, operation, ...methods] of METHODS) {
      // The classes of the parts are not exported. The client makes its parts when they are first asked for.
      const made: unknown = Reflect.get(client, part, {});
      for (const name of methods) {
        recording.wrap(Object.getPrototypeOf(made), name, (original) => {
          return function (request, options, ...rest) {
            const call = recording.safely(() => models.begin(requestOf(this, operation, request, options)));
            if (call === undefined) return Reflect.apply(original, this, [request, options, ...rest]);
            const own = { ...(isObject(options) ? options : undefined) };
            calls.set(own, call);
            return recording.observed(Reflect.apply(original, this, [request, own, ...rest]), {
              fulfilled: (body) => call.responded(body),
              rejected: (error) => call.failed(error),
            });
          };
        });
      }
      const hooks = fieldOf(fieldOf(made, "_options"), "hooks");
      recording.outcome(
        Object.getPrototypeOf(hooks),
        "beforeRequest",
        (_hooks, [context]) => ({ fulfilled: (request) => link(context, request) }),
        "aside",
      );
    }
    // A method of the class of which the client's and those of the parts are.
    recording.before(Object.getPrototypeOf(client), "_createRequest", (_client, context, _conf, options) =>
      link(options, context),
    );
    recording.outcome(
      prototypeOf(exports, "HTTPClient"),
      "request",
      (_client, [request]) => {
        const call = callOf(request);
        if (call === undefined) return {};
        call.attempted();
        return {
          fulfilled(response) {
            if (fieldOf(response, "ok") === false) call.failed(response);
          },
          rejected: (error) => call.failed(error),
        };
      },
      "aside",
    );
  };
}

function requestOf(client: unknown, operation: string, request: unknown, options: unknown): ModelRequest {
  const model = fieldOf(request, "model") ?? fieldOf(request, "agentId");
  const origin = String(fieldOf(options, "serverURL") ?? fieldOf(client, "_baseURL"));
  return { provider: "mistral_ai", operation, model, origin };
}

// Reads a response, or an event of a stream: the last one has the counts.
function readUsage(body: unknown, report: UsageReport): void {
  const source = fieldOf(body, "data") ?? body;
  report.responseModel = textIn(source, "model") ?? textIn(body, "model") ?? report.responseModel;
  report.finishReason = textIn(listIn(source, "choices")[0], "finishReason") ?? report.finishReason;
  const usage = fieldOf(source, "usage") ?? fieldOf(body, "usage");
  if (usage === undefined || usage === null) return;
  report.inputTokens = numberIn(usage, "promptTokens");
  report.outputTokens = numberIn(usage, "completionTokens");
  // The client leaves names that it does not know as they are.
  report.cachedTokens = numberIn(fieldOf(usage, "prompt_tokens_details"), "cached_tokens");
}
