// Calls of models by Amazon's client, seen by a function in its middleware, within its retries.
import { Current } from "../shared/current.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { type ModelCall, ModelCalls, numberIn, textIn, type UsageReport } from "../shared/model-calls.ts";
import type { ModelConfig } from "../shared/model-options.ts";
import type { Recording } from "../shared/recording.ts";

// The number of a call's attempts is in the arguments, which each step passes on. A cached context is that of many calls.
const ATTEMPTS = Symbol("tachymeter.attempts");
type Handler = (args: { readonly [ATTEMPTS]?: { count: number } }) => Promise<unknown>;

/** Returns the response, or its stream, in the result of an attempt. */
type BodyOf = (result: unknown) => unknown;

const whole: BodyOf = (result) => fieldOf(result, "output");
const events: BodyOf = (result) => fieldOf(fieldOf(result, "output"), "stream");
const COMMANDS: Readonly<Record<string, readonly [operation: string, BodyOf]>> = {
  ConverseCommand: ["chat", whole],
  ConverseStreamCommand: ["chat", events],
  // The body is that of the model's provider. The counts are in the header.
  InvokeModelCommand: ["chat", (result) => fieldOf(fieldOf(result, "response"), "headers")],
  InvokeModelWithResponseStreamCommand: ["chat", (result) => fieldOf(fieldOf(result, "output"), "body")],
};
const METRICS = Buffer.from("amazon-bedrock-invocationMetrics");

// Clients keep their middleware while the instrumentation is disabled.
const current = new Current<{
  begin(operation: string, args: Parameters<Handler>[0]): ModelCall | undefined;
}>();
const watched = new WeakSet<object>();

/** Records the calls of the `@aws-sdk/client-bedrock-runtime` package. */
export function begin(recording: Recording<ModelConfig>): Attach {
  const models = new ModelCalls(recording, readUsage);
  current.set(recording, {
    begin: (operation, args) =>
      recording.safely(() => {
        const model = fieldOf(fieldOf(args, "input"), "modelId");
        const isEmbedding = typeof model === "string" && /embed/i.test(model);
        const kind = isEmbedding ? "embeddings" : operation;
        const attempts = args[ATTEMPTS];
        const isRetry = attempts !== undefined && attempts.count++ > 0;
        const origin = originOf(args);
        return models.begin({ provider: "aws.bedrock", operation: kind, model, origin, isRetry });
      }),
  });
  return (exports) => {
    recording.before(prototypeOf(exports, "Client"), "send", (client) => {
      const stack = fieldOf(client, "middlewareStack");
      const isBedrock = fieldOf(fieldOf(client, "config"), "serviceId") === "Bedrock Runtime";
      if (!isBedrock || !hasMethods(stack, "add") || watched.has(stack)) return;
      watch(stack);
    });
  };
}

function watch(stack: Readonly<Record<"add", (...args: readonly unknown[]) => unknown>>): void {
  watched.add(stack);
  stack.add(
    (next: Handler): Handler =>
      (args) =>
        next({ ...args, [ATTEMPTS]: { count: 0 } }),
    { name: "tachymeterModelCalls", step: "initialize", priority: "low" },
  );
  stack.add(
    (next: Handler, context: object): Handler =>
      async (args) => {
        const [operation, bodyOf] = COMMANDS[String(fieldOf(context, "commandName"))] ?? [];
        const call = operation === undefined ? undefined : current.value?.begin(operation, args);
        if (call === undefined || bodyOf === undefined) return next(args);
        try {
          const result = await next(args);
          call.responded(bodyOf(result));
          return result;
        } catch (error) {
          call.failed(error);
          throw error;
        }
      },
    { name: "tachymeterModels", step: "deserialize", priority: "high" },
  );
}

function originOf(args: unknown): string {
  const request = fieldOf(args, "request");
  const port = fieldOf(request, "port");
  const host = String(fieldOf(request, "hostname"));
  return `${String(fieldOf(request, "protocol"))}//${host}${typeof port === "number" ? `:${port}` : ""}`;
}

// Reads a response of `Converse`, the header of one of `InvokeModel`, or an event of the stream of either.
function readUsage(body: unknown, report: UsageReport): void {
  const bytes = fieldOf(fieldOf(body, "chunk"), "bytes");
  if (bytes instanceof Uint8Array) return readChunk(bytes, report);
  report.finishReason =
    textIn(body, "stopReason") ?? textIn(fieldOf(body, "messageStop"), "stopReason") ?? report.finishReason;
  const usage = fieldOf(body, "usage") ?? fieldOf(fieldOf(body, "metadata"), "usage");
  if (isObject(usage)) readConverse(usage, report);
  else readHeader(body, report);
}

// The total includes what was read from or written to the cache, which `inputTokens` does not.
function readConverse(usage: object, report: UsageReport): void {
  const total = numberIn(usage, "totalTokens");
  report.outputTokens = numberIn(usage, "outputTokens");
  report.cachedTokens = numberIn(usage, "cacheReadInputTokens");
  report.cacheWriteTokens = numberIn(usage, "cacheWriteInputTokens");
  report.inputTokens =
    total === undefined || report.outputTokens === undefined
      ? numberIn(usage, "inputTokens")
      : total - report.outputTokens;
}

function readHeader(header: unknown, report: UsageReport): void {
  readInvocation((kind) => {
    const text = textIn(header, `x-amzn-bedrock-${kind}-token-count`);
    return text === undefined ? undefined : Number(text);
  }, report);
}

// Counts the input without what was read from or written to the cache.
function readInvocation(count: (kind: string) => number | undefined, report: UsageReport): void {
  const input = count("input");
  report.outputTokens = count("output") ?? report.outputTokens;
  report.cachedTokens = count("cache-read-input") ?? report.cachedTokens;
  report.cacheWriteTokens = count("cache-write-input") ?? report.cacheWriteTokens;
  if (input !== undefined)
    report.inputTokens = input + (report.cachedTokens ?? 0) + (report.cacheWriteTokens ?? 0);
}

// Only the last chunk has the counts.
function readChunk(bytes: Uint8Array, report: UsageReport): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!text.includes(METRICS)) return;
  const metrics = fieldOf(parsed(text.toString()), METRICS.toString());
  readInvocation((kind) => {
    const name = kind.replace(/-./g, ([, letter = ""]) => letter.toUpperCase());
    return numberIn(metrics, `${name}TokenCount`);
  }, report);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error, which would be logged, quotes the response.
    return undefined;
  }
}
