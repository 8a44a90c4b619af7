import { afterEach, expect, expectTypeOf, test } from "vitest";
import { metrics } from "@opentelemetry/api";
import { start, type Tachymeter } from "tachymeter";
import { otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { wrapHandler } from "tachymeter/lambda";
import { newFolder } from "../kit/new-folder.ts";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createServer } from "node:net";
import { once } from "node:events";
import { addressOf } from "../kit/address-of.ts";

let telemetry: Tachymeter | undefined;
let file = "";

afterEach(async () => {
  await telemetry?.shutdown();
  telemetry = undefined;
});

function begin(): Tachymeter {
  file = join(newFolder("lambda"), "metrics.json");
  telemetry = start({ readers: [{ type: "json", file }], host: false, runtime: false });
  return telemetry;
}

const context = { getRemainingTimeInMillis: () => 3_000 };

// The shapes of @types/aws-lambda.
type Callback<Result> = (error?: Error | string | null, result?: Result) => void;
type Handler<Event, Result> = (
  event: Event,
  invocation: typeof context,
  callback: Callback<Result>,
) => void | Promise<Result>;
interface Order {
  readonly order: string;
}

test("an asynchronous handler returns its result once the metrics are written", async () => {
  const { custom } = begin();
  const handler = wrapHandler(async (event: { order: string }) => {
    custom.incrementCounter("orders");
    return { body: event.order };
  });
  expectTypeOf(handler).toEqualTypeOf<(event: { order: string }) => Promise<{ body: string }>>();
  expect(await handler({ order: "7" })).toEqual({ body: "7" });
  expect(readFileSync(file, "utf8")).toContain("orders");
});

test("a synchronous handler, and one that calls the callback, return the same way", async () => {
  begin();
  expect(await wrapHandler((event: string) => event)("a")).toBe("a");
  const plain: Called = () => "b";
  const ends = { succeed: nothing, fail: nothing, done: nothing };
  expect(await wrapHandler(plain)("b", { callbackWaitsForEmptyEventLoop: true, ...ends }, nothing)).toBe("b");
  const calls = (event: string, _: object, callback: Callback<string>): void =>
    void setImmediate(() => (event === "bad" ? callback(new Error("bad")) : callback(null, event)));
  const called: unknown[] = [];
  expect(await wrapHandler(calls)("c", context, (...given) => called.push(given))).toBe("c");
  await expect(wrapHandler(calls)("bad", context, () => {})).rejects.toThrow("bad");
  // The result is the promise's alone, or Lambda would respond before the flush.
  expect(called).toEqual([]);
});

interface Invocation {
  callbackWaitsForEmptyEventLoop: boolean;
  succeed: (result: string) => void;
  fail: (error: Error) => void;
  done: (error: null, result: string) => void;
}
// Handlers as Lambda calls them, which ignores what they return unless it is a promise.
type Called = (event: string, invocation: Invocation, callback: Callback<string>) => unknown;
const nothing = (): void => {};
const later = (end: () => void): NodeJS.Timeout => setTimeout(end, 5);
function bound(this: string, event: string, _: Invocation, callback: Callback<string>): NodeJS.Timeout {
  return later(() => callback(null, event));
}

test.each<readonly [string, Called]>([
  ["declares the callback and returns a value", (event, _, callback) => later(() => callback(null, event))],
  ["has rest parameters", (...args) => later(() => args[2](null, args[0]))],
  [
    "has a default",
    // oxlint-disable-next-line typescript/no-useless-default-assignment -- as JavaScript has it
    (event, _, callback: Callback<string> | undefined = nothing) => later(() => callback(null, event)),
  ],
  ["is bound", bound.bind("this")],
  ["calls the callback at once", (...args) => args[2](null, args[0])],
  ["calls it in a promise", (...args) => queueMicrotask(() => args[2](null, args[0]))],
  ["calls context.succeed", (event, invocation) => later(() => invocation.succeed(event))],
  ["calls context.done", (event, invocation) => later(() => invocation.done(null, event))],
  ["takes context.succeed first", (event, { succeed }) => queueMicrotask(() => succeed(event))],
])("a handler that %s responds with its answer", async (_, handler) => {
  begin();
  const ends = { succeed: nothing, fail: nothing, done: nothing };
  const invocation = { ...context, callbackWaitsForEmptyEventLoop: true, ...ends };
  expect(await wrapHandler(handler)("answer", invocation, nothing)).toBe("answer");
  expect(existsSync(file)).toBe(true);
});

test("a handler may set properties of the context, and fail by it", async () => {
  begin();
  const ends = { succeed: nothing, fail: nothing, done: nothing };
  const invocation = { callbackWaitsForEmptyEventLoop: true, ...ends };
  const failing: Called = (event, own) => {
    own.callbackWaitsForEmptyEventLoop = false;
    own.fail(new Error(event));
  };
  await expect(wrapHandler(failing)("refused", invocation, nothing)).rejects.toThrow("refused");
  expect(invocation.callbackWaitsForEmptyEventLoop).toBe(false);
});

test("a wrapped handler has the declared type of a handler", async () => {
  begin();
  const declared: Handler<Order, { kind: "sold" }> = wrapHandler(async (event) => {
    expectTypeOf(event).toEqualTypeOf<Order>();
    return { kind: "sold" };
  });
  const bare: Handler<Order, string> = async ({ order }) => order;
  const wrapped = wrapHandler(bare);
  expectTypeOf(wrapped).toExtend<Handler<Order, string>>();
  expectTypeOf(wrapped).returns.toEqualTypeOf<Promise<string>>();
  const calls: Handler<Order, string> = wrapHandler(({ order }, _, callback) => callback(null, order));
  const mixed = wrapHandler((event: string) => (event === "a" ? Promise.resolve(1) : undefined));
  expectTypeOf(mixed).toEqualTypeOf<(event: string) => Promise<number | undefined>>();
  // @ts-expect-error It returns a number.
  const wrong: Handler<Order, string> = wrapHandler(async () => 1);
  for (const [handler, result] of [
    [declared, { kind: "sold" }],
    [wrapped, "7"],
    [calls, "7"],
    [wrong, 1],
  ] as const) {
    expect(await handler({ order: "7" }, context, () => {})).toEqual(result);
  }
});

test("an error of the handler is passed on after the flush", async () => {
  begin();
  const failing = wrapHandler(async () => {
    throw new TypeError("no such order");
  });
  await expect(failing()).rejects.toThrow(new TypeError("no such order"));
  expect(existsSync(file)).toBe(true);
});

test("a backend that does not respond delays an invocation by flushTimeout at most, and by the remaining time", async () => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const url = `http://127.0.0.1:${addressOf(silent).port}/v1/metrics`;
  telemetry = start({
    readers: [{ type: "otlp", url, timeout: 20 }],
    host: false,
    runtime: false,
    exitTimeout: 0.1,
  });
  const begun = performance.now();
  expect(await wrapHandler(async () => "done", { flushTimeout: 0.2 })()).toBe("done");
  const short = { getRemainingTimeInMillis: () => 300 };
  const handler = wrapHandler(async (_event: string, _context: object) => "done", { flushTimeout: 15 });
  expect(await handler("event", short)).toBe("done");
  expect(performance.now() - begun).toBeLessThan(10_000);
  silent.close();
});

test.each(["http/protobuf", "http/json"] as const)(
  "metrics of protocol %s that were late go with the next invocation",
  async (protocol) => {
    const receiver = await otlpReceiver();
    receiver.next.push("hang");
    const url = `${receiver.url}/v1/metrics`;
    const reader = { type: "otlp", protocol, url, timeout: 3, temporality: "delta" } as const;
    const flags = { host: false, runtime: false, exitTimeout: 0.1 };
    telemetry = start({ readers: [reader], ...flags });
    const orders = metrics.getMeter("shop").createCounter("orders");
    const handler = wrapHandler(async () => orders.add(1), { flushTimeout: 0.1 });
    await handler();
    const next = wrapHandler(async () => orders.add(10), { flushTimeout: 20 });
    await next();
    const values = (): readonly unknown[] => {
      const taken = receiver.requests.filter(({ isAccepted }) => isAccepted);
      const all = taken.flatMap(({ body }) => body.resourceMetrics[0]?.scopeMetrics ?? []);
      const found = all.flatMap(({ metrics: some }) => some.filter(({ name }) => name === "orders"));
      return found.map(({ points: [point] }) => point !== undefined && "value" in point && point.value);
    };
    await expect.poll(values, { timeout: 20_000 }).toEqual([1, 10]);
  },
);

test("invalid options are refused", () => {
  begin();
  expect(() => wrapHandler(() => {}, { flushTimeout: -1 })).toThrow(
    /flushTimeout must be a number of seconds above 0.*got -1/,
  );
});
