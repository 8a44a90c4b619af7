import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
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
import { FETCHER } from "./index.ts";

const OPERATIONS: readonly (readonly [path: RegExp, operation: string])[] = [
  [/\/chat$/, "chat"],
  [/\/generate$/, "text_completion"],
  [/\/embed$/, "embeddings"],
];
const STREAMED: ReadonlySet<unknown> = new Set(["sse", "streaming"]);

/** Records the calls of the `cohere-ai` package. */
export function begin(recording: Recording<ModelConfig>): Attach {
  const models = new ModelCalls(recording, readUsage);
  // By the bytes of their streams.
  const streams = new WeakMap<object, ModelCall>();

  return (exports, { path }) => {
    if (path !== FETCHER.path) {
      recording.wrap(prototypeOf(exports, "Stream"), Symbol.asyncIterator, (iterate) => {
        return function (...args) {
          const stream = fieldOf(this, "stream");
          const iterator = Reflect.apply(iterate, this, args);
          if (isObject(stream)) streams.get(stream)?.responded(iterator);
          return iterator;
        };
      });
      return;
    }
    recording.wrap(exports, "fetcher", (send) => {
      return function (given, ...rest) {
        const call = recording.safely(() => {
          const request = requestOf(given);
          return request && models.begin(request);
        });
        if (call === undefined || !isObject(given)) return Reflect.apply(send, this, [given, ...rest]);
        const fetchFn = call.attempts(fieldOf(given, "fetchFn"));
        return recording.observed(Reflect.apply(send, this, [{ ...given, fetchFn }, ...rest]), {
          fulfilled(result) {
            const body = fieldOf(result, "body");
            if (fieldOf(result, "ok") !== true) call.failed(fieldOf(fieldOf(result, "error"), "cause"));
            else if (!STREAMED.has(fieldOf(given, "responseType"))) call.responded(body);
            else if (isObject(body)) streams.set(body, call);
          },
          rejected: (error) => call.failed(error),
        });
      };
    });
  };
}

function requestOf(args: unknown): ModelRequest | undefined {
  const { pathname, origin } = new URL(String(fieldOf(args, "url")));
  const operation = OPERATIONS.find(([pattern]) => pattern.test(pathname))?.[1];
  if (operation === undefined || fieldOf(args, "method") !== "POST") return undefined;
  return { provider: "cohere", operation, model: fieldOf(fieldOf(args, "body"), "model"), origin };
}

// Reads a response as the server sends it, or an event of a stream as the client parses it: the last one has the counts.
function readUsage(body: unknown, report: UsageReport): void {
  // The first version of the interface has a whole response in its last event.
  const source = fieldOf(body, "delta") ?? fieldOf(body, "response") ?? body;
  report.finishReason =
    textIn(source, "finish_reason") ?? textIn(source, "finishReason") ?? report.finishReason;
  const usage = fieldOf(source, "usage") ?? fieldOf(source, "meta");
  if (usage === undefined || usage === null) return;
  const tokens = fieldOf(usage, "tokens") ?? fieldOf(usage, "billed_units") ?? fieldOf(usage, "billedUnits");
  report.inputTokens = numberIn(tokens, "input_tokens") ?? numberIn(tokens, "inputTokens");
  report.outputTokens = numberIn(tokens, "output_tokens") ?? numberIn(tokens, "outputTokens");
  report.cachedTokens = numberIn(usage, "cached_tokens") ?? numberIn(usage, "cachedTokens");
}
