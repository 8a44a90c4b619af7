/**
 * A wrapper for handlers of AWS Lambda: the metrics are sent before the environment is frozen.
 *
 * @module tachymeter/lambda
 */
import { diag, metrics } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { running } from "../../index.ts";
import { withTimeout } from "../../io/timeout.ts";
import { duration, isObject, withMethods } from "../../options/check.ts";
import { parsed } from "../../options/parser.ts";
import { warnNotRunning } from "../not-running.ts";

/** Options of a wrapped handler. */
export interface LambdaOptions {
  /**
   * Maximum time in seconds that an invocation waits for its metrics to be sent. It ends earlier if the function's own
   * time-out is near.
   *
   * @defaultValue 2
   */
  readonly flushTimeout?: number;
}

/**
 * The result of a handler that takes `Args` and returns `Returned`: what its promise resolves to, or what it passes to
 * its callback.
 */
export type HandlerResult<Args extends readonly unknown[], Returned> = [Returned] extends [void]
  ? Args extends readonly [unknown, unknown, (error: never, result?: infer Result) => void]
    ? Exclude<Result, undefined>
    : Returned
  : Awaited<Returned extends void ? Extract<Returned, undefined> : Returned>;

const DEFAULT_FLUSH_SECONDS = 2;
// Time for the response after the flush.
const MARGIN_MILLIS = 200;

interface Flushable {
  forceFlush(): Promise<void>;
}
const FLUSHABLE = withMethods<Flushable>("have forceFlush", "forceFlush");

/**
 * Wraps a handler: each invocation sends its metrics before it returns or throws, since Lambda freezes the environment
 * then. Results and errors are those of the handler. A failed or late flush is logged, and never fails the invocation;
 * what it has not sent goes with the next one. Handlers may return a promise, call the callback or a method of the context,
 * or write to a response stream. A value that is returned is the result of a handler that begins nothing.
 *
 * @throws OptionsError with all invalid options.
 *
 * @example
 * ```ts
 * import { wrapHandler } from "tachymeter/lambda";
 *
 * export const handler = wrapHandler(async (event: { order: string }) => ({ statusCode: 200, body: event.order }));
 * ```
 */
export function wrapHandler<Args extends unknown[], Result>(
  handler: (...args: Args) => PromiseLike<Result>,
  options?: LambdaOptions,
): (...args: Args) => Promise<Result>;
export function wrapHandler<Args extends unknown[], Returned>(
  handler: (...args: Args) => Returned,
  options?: LambdaOptions,
): (...args: Args) => Promise<HandlerResult<Args, Returned>>;
export function wrapHandler(
  handler: (...args: readonly unknown[]) => unknown,
  options: LambdaOptions = {},
): (...args: readonly unknown[]) => Promise<unknown> {
  const { flushTimeout = DEFAULT_FLUSH_SECONDS } = parsed("tachymeter/lambda", (parser) =>
    parser.fields<{ flushTimeout: number }>("", options, { flushTimeout: duration }),
  );
  if (flushable() === undefined) warnNotRunning("tachymeter/lambda");
  const end = (args: readonly unknown[]): Promise<void> =>
    flushed(Math.min(flushTimeout * 1_000, remainingMillis(args)));
  // Not an asynchronous function: Lambda fails an invocation of one that never settles, and returns null for others.
  return (...args) =>
    invoked(handler, args).then(
      (result) => end(args).then(() => result),
      (error: unknown) => end(args).then(() => Promise.reject(error)),
    );
}

// Calls the handler. It settles by its promise, else by the callback or the methods of the context, as in Lambda. Another
// value that it returns is the result only if nothing is left that could call them.
function invoked(
  handler: (...args: readonly unknown[]) => unknown,
  args: readonly unknown[],
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const [event, context, callback, ...rest] = args;
    const settle = (error?: unknown, result?: unknown): void => {
      if (error === undefined || error === null) resolve(result);
      else reject(error);
    };
    const ends = { succeed: resolve, fail: reject, done: settle };
    const isLegacy =
      isObject(context) && Object.keys(ends).every((name) => typeof context[name] === "function");
    if (typeof callback !== "function" && !isLegacy) return resolve(handler(...args));
    let waits = handler.length > 2;
    const ending = isLegacy ? contextWith(context, ends, () => (waits = true)) : context;
    const before = activeResources();
    const returned = handler(event, ending, typeof callback === "function" ? settle : callback, ...rest);
    if (isObject(returned) && typeof returned["then"] === "function") resolve(returned);
    else if (!waits && activeResources() <= before) setImmediate(resolve, returned);
  });
}

// Properties that are set reach the context itself, such as `callbackWaitsForEmptyEventLoop`.
function contextWith(context: object, ends: Readonly<Record<string, unknown>>, onRead: () => void): object {
  return new Proxy(context, {
    get(target, key) {
      if (typeof key !== "string" || !Object.hasOwn(ends, key)) return Reflect.get(target, key);
      onRead();
      return ends[key];
    },
  });
}

// Timers, sockets and other things that keep the process running: what a handler has begun is among them.
function activeResources(): number {
  return process.getActiveResourcesInfo().length;
}

// In a bundle that contains Tachymeter, the one that `tachymeter/register` has started is another copy. Its provider is
// the registered one.
function flushable(): Flushable | undefined {
  return running() ?? FLUSHABLE.read(metrics.getMeterProvider());
}

async function flushed(limitMillis: number): Promise<void> {
  const telemetry = flushable();
  if (telemetry === undefined) return;
  try {
    // The process must not be idle meanwhile, or a test of the handler would end before its flush.
    await withTimeout(telemetry.forceFlush(), limitMillis, late, { keepsAlive: true });
  } catch (error) {
    warnOnceAMinute(`lambda: the flush failed with ${errorMessage(error)}`, "lambda flush");
  }
}

function late(): void {
  diag.warn(
    "lambda: the flush has not finished in time, so its metrics go with the next invocation; raise flushTimeout, or use a collector that is nearer",
  );
}

// The context is the second argument, or the third of a handler that writes to a stream.
function remainingMillis(args: readonly unknown[]): number {
  for (const context of [args[1], args[2]]) {
    if (!isObject(context) || typeof context["getRemainingTimeInMillis"] !== "function") continue;
    const remaining: unknown = Reflect.apply(context["getRemainingTimeInMillis"], context, []);
    if (typeof remaining === "number") return remaining - MARGIN_MILLIS;
  }
  return Infinity;
}
