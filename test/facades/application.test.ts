import { metrics } from "@opentelemetry/api";
import {
  Application,
  getApplicationCollector,
  type PerformanceMetric,
  TimerTargetError,
} from "tachymeter/facades";
import { afterEach, beforeEach, expect, expectTypeOf, test, vi } from "vitest";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { callWith } from "./call-with.ts";
import { describedMetrics, SECONDS_BOUNDARIES } from "./described-metrics.ts";

const START_MILLIS = Date.UTC(2026, 0, 1);

beforeEach(() => void vi.useFakeTimers({ now: START_MILLIS, toFake: ["performance", "setTimeout", "Date"] }));
afterEach(() => {
  vi.useRealTimers();
  metrics.disable();
});

interface Timing extends Collecting {
  readonly application: Application;
}

function timing(): Timing {
  const collecting = collectingProvider();
  return { ...collecting, application: new Application({ meterProvider: collecting.provider }) };
}

const DURATION = "application.call.duration";

async function durationOf(collecting: Collecting, name: string, attributes = {}): Promise<unknown> {
  return collecting.point(DURATION, { "code.function.name": name, ...attributes });
}

const pass = (millis: number): void => void vi.advanceTimersByTime(millis);

async function passing(millis: number): Promise<void> {
  const passed = new Promise<void>((resolve) => setTimeout(resolve, millis));
  pass(millis);
  await passed;
}

test("a timed function is recorded under its own name, and returns its result", async () => {
  const collecting = timing();
  function load(id: string, times = 2): string {
    pass(250);
    return id.repeat(times);
  }
  const timed = collecting.application.timer()(load);
  expect(timed("ab")).toBe("abab");
  expect(timed("c", 3)).toBe("ccc");
  expect(await durationOf(collecting, "load")).toMatchObject({ count: 2, sum: 0.5 });
  expect(collecting.application.getCallCounts()).toEqual({ load: 2 });
  expect(collecting.application.getCollectedMetrics()).toEqual([
    {
      name: "load",
      value: 0.25,
      unit: "s",
      timestamp: START_MILLIS / 1000 + 0.25,
      tags: {},
      source: "application",
    },
    {
      name: "load",
      value: 0.25,
      unit: "s",
      timestamp: START_MILLIS / 1000 + 0.5,
      tags: {},
      source: "application",
    },
  ]);
  expect(collecting.application.getCollectedMetrics()).toEqual([]);
});

test("a given name and tags replace the function's own name, for all functions that the timer wraps", async () => {
  const collecting = timing();
  const timer = collecting.application.timer("shop", { tier: "gold", rank: 1, vip: true });
  timer(() => pass(100))();
  timer(() => pass(200))();
  expect(await durationOf(collecting, "shop", { tier: "gold", rank: 1, vip: true })).toMatchObject({
    count: 2,
    sum: expect.closeTo(0.3),
  });
  expect(collecting.application.getCollectedMetrics().map(({ tags }) => tags)).toEqual([
    { tier: "gold", rank: 1, vip: true },
    { tier: "gold", rank: 1, vip: true },
  ]);
  expect(collecting.application.getCallCounts()).toEqual({ shop: 2 });
});

test("a timed function has the type of the function", () => {
  const application = new Application();
  function generic<T>(value: T): T[] {
    return [value];
  }
  function overloaded(value: string): string;
  function overloaded(value: number): number;
  function overloaded(value: unknown): unknown {
    return value;
  }
  function bound(this: { n: number }, k: number): number {
    return this.n + k;
  }
  const timed = application.timer("a", { b: 1 })(async (first: number, second?: string) => ({
    first,
    second,
  }));
  expectTypeOf(timed).toEqualTypeOf<
    (first: number, second?: string) => Promise<{ first: number; second: string | undefined }>
  >();
  const timedGeneric: typeof generic = application.timer()(generic);
  expectTypeOf(timedGeneric("a")).toEqualTypeOf<string[]>();
  expectTypeOf(application.timer()(bound)).toEqualTypeOf(bound);
  const overload = application.timer()(overloaded);
  expectTypeOf(overload("a")).toEqualTypeOf<string>();
  expectTypeOf(overload(1)).toEqualTypeOf<number>();
  // @ts-expect-error -- no function
  expect(() => application.timer()(5)).toThrow(TimerTargetError);
  // @ts-expect-error: a name that was forgotten.
  expect(() => application.timer(() => 1)).toThrow(
    "timer: name must be a string, got a function; call timer first",
  );
});

test("a timed function keeps this, name, length and other properties", () => {
  const application = new Application();
  const plain = Object.assign(
    function add(this: { base: number }, a: number, b: number): number {
      return this.base + a + b;
    },
    { version: 7 },
  );
  const timed = application.timer("renamed")(plain);
  expect(timed.call({ base: 10 }, 1, 2)).toBe(13);
  expect([timed.name, timed.length, timed.version]).toEqual(["add", 2, 7]);
  const asynchronous = application.timer()(async function wait() {});
  expect(asynchronous.constructor.name).toBe("AsyncFunction");
  expect(application.timer()(function* rows() {}).constructor.name).toBe("GeneratorFunction");
});

test("a function without a name is anonymous", async () => {
  const collecting = timing();
  collecting.application.timer()(() => {})();
  expect(await durationOf(collecting, "anonymous")).toMatchObject({ count: 1 });
});

test("a function that throws is recorded with its error, and throws the same error", async () => {
  const collecting = timing();
  const error = new RangeError("no such row");
  const timed = collecting.application.timer("load", { table: "a" })(() => {
    pass(40);
    throw error;
  });
  expect(timed).toThrow(error);
  expect(await durationOf(collecting, "load", { table: "a", "error.type": "RangeError" })).toMatchObject({
    count: 1,
    sum: 0.04,
  });
  expect(collecting.application.getCollectedMetrics()).toMatchObject([
    { name: "load", value: 0.04, tags: { table: "a", "error.type": "RangeError" } },
  ]);
  expect(collecting.application.getCallCounts()).toEqual({ load: 1 });
});

test("an asynchronous function is timed until it settles", async () => {
  const collecting = timing();
  const error = new TypeError("no");
  async function wait(millis: number, reason?: Error): Promise<number> {
    await passing(millis);
    if (reason !== undefined) throw reason;
    return millis;
  }
  const timed = collecting.application.timer()(wait);
  expect(await timed(300)).toBe(300);
  await expect(timed(200, error)).rejects.toBe(error);
  expect(await durationOf(collecting, "wait")).toMatchObject({ count: 1, sum: 0.3 });
  expect(await durationOf(collecting, "wait", { "error.type": "TypeError" })).toMatchObject({
    count: 1,
    sum: 0.2,
  });
});

test("a call counts when it starts, and is recorded when it ends", async () => {
  const collecting = timing();
  const wait = collecting.application.timer("wait")(() => new Promise((resolve) => setTimeout(resolve, 10)));
  const waiting = wait();
  expect(collecting.application.getCallCounts()).toEqual({ wait: 1 });
  expect(collecting.application.getCollectedMetrics()).toEqual([]);
  pass(10);
  await waiting;
  expect(collecting.application.getCollectedMetrics()).toHaveLength(1);
});

test("a timed function may throw or return any value", async () => {
  const collecting = timing();
  for (const thrown of [undefined, null, 0, "text", Symbol("s"), { name: 5 }]) {
    const timed = collecting.application.timer("odd")(() => {
      throw thrown;
    });
    let caught: unknown = "nothing";
    try {
      timed();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(thrown);
  }
  expect(await durationOf(collecting, "odd", { "error.type": "_OTHER" })).toMatchObject({ count: 6 });
  const frozen = Object.freeze({ a: 5 });
  for (const given of [undefined, null, 0, "text", frozen, () => {}, new Map()]) {
    expect(collecting.application.timer("any")(() => given)()).toBe(given);
  }
  expect(await durationOf(collecting, "any")).toMatchObject({ count: 7 });
});

test("a timer may be the callback of an iteration over functions", () => {
  const application = new Application();
  const [double] = [(n: number) => n * 2].map((fn) => application.timer("map")(fn));
  expect(double!(4)).toBe(8);
  const wrapped = [(n: number) => n * 3].map((...args) =>
    callWith({ timer: application.timer("map") }, "timer", ...args),
  );
  expect(callWith({ wrapped: wrapped[0] }, "wrapped", 4)).toBe(12);
});

test("a target that cannot be timed is refused at once, by its name", () => {
  const application = new Application();
  const put = (...args: unknown[]): unknown =>
    callWith({ timer: application.timer("shop") }, "timer", ...args);
  for (const target of [undefined, null, 5, "load", {}, [], true])
    expect(() => put(target)).toThrow(TimerTargetError);
  expect(() => put(Map, { kind: "class", name: "Shop" })).toThrow(
    'timer "Shop": it decorates a class; wrap a function, or decorate a method, a getter, a setter or a field that holds a function',
  );
  expect(() => put({}, { kind: "accessor", name: "total" })).toThrow(
    'timer "total": it decorates an accessor field',
  );
  expect(() => put({}, "field")).toThrow('timer "field": it decorates a field');
  expect(() => put(5)).toThrow(expect.objectContaining({ code: "TACHYMETER_TIMER_TARGET" }));
});

test("the instrument has all calls, and the buffer a sample of more than a hundred a second", async () => {
  const collecting = timing();
  const timed = collecting.application.timer("fast")(() => {});
  for (let i = 0; i < 1000; i++) timed();
  expect(await durationOf(collecting, "fast")).toMatchObject({ count: 1000 });
  expect(collecting.application.getCallCounts()).toEqual({ fast: 1000 });
  expect(collecting.application.getLeftOutCounts()).toEqual({ fast: 900 });
  const collected = collecting.application.getCollectedMetrics();
  expect(collected).toHaveLength(100);
  expect(collected[0]!.context).toEqual({ sampledFrom: 1000 });
});

test("a measurement made elsewhere is kept unchanged, and exported as a gauge of its name", async () => {
  const collecting = timing();
  const metric: PerformanceMetric = {
    name: "render.time",
    value: 0.7,
    unit: "s",
    timestamp: 1_700_000_000.5,
    tags: { page: "home" },
    context: { build: "a1" },
    source: "network",
  };
  collecting.application.recordCustomMetric(metric);
  expect(collecting.application.getCollectedMetrics()).toEqual([metric]);
  expect(await collecting.point("render.time", { page: "home" })).toBe(0.7);
  const described = describedMetrics(await collecting.collect(), "tachymeter.application");
  expect(described).toMatchObject([{ name: "render.time", unit: "s" }]);
});

test("a measurement made elsewhere cannot have the name of our own metrics", async () => {
  const collecting = timing();
  collecting.application.recordCustomMetric({
    name: "Application.Call.Duration",
    value: 1,
    unit: "s",
    timestamp: 1,
    tags: {},
    source: "application",
  });
  expect(collecting.application.getCollectedMetrics()).toEqual([]);
  expect(await collecting.points(DURATION)).toEqual([]);
  expect(await collecting.point("telemetry.dropped", { reason: "invalid_name" })).toBe(1);
});

test("missing fields of a measurement made elsewhere are filled in", () => {
  const { application } = timing();
  callWith(application, "recordCustomMetric", { name: "a", value: 5 });
  expect(application.getCollectedMetrics()).toEqual([
    { name: "a", value: 5, unit: "count", timestamp: START_MILLIS / 1000, tags: {}, source: "application" },
  ]);
});

test("the metrics are those of the catalogue", async () => {
  const collecting = timing();
  collecting.application.timer("a", { tag: 1 })(() => {})();
  collecting.application.trackAllocations("a", () => 1);
  const [size, duration] = describedMetrics(await collecting.collect(), "tachymeter.application");
  expect(duration).toMatchObject({
    name: DURATION,
    unit: "s",
    attributes: ["code.function.name", "tag"],
    boundaries: SECONDS_BOUNDARIES,
  });
  expect(size).toMatchObject({
    name: "application.allocation.size",
    unit: "By",
    attributes: ["code.function.name"],
  });
  expect(duration?.description).not.toBe("");
  expect(size?.description).not.toBe("");
});

test("a collector of the module function uses the global provider, even one registered later", async () => {
  const application = getApplicationCollector();
  expect(getApplicationCollector()).not.toBe(application);
  const timed = application.timer("late")(() => {});
  timed();
  const collecting = collectingProvider();
  metrics.setGlobalMeterProvider(collecting.provider);
  timed();
  expect(await durationOf(collecting, "late")).toMatchObject({ count: 1 });
  expect(application.getCollectedMetrics()).toHaveLength(2);
});
