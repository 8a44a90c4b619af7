import { createRequire } from "node:module";
import { setImmediate } from "node:timers/promises";
import { Health } from "../../../src/facades/health/index.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { opossum as instrumented } from "../../../instrumentations/opossum/index.ts";
import { begin } from "../../../instrumentations/opossum/instrumentation.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { restarted } from "../restarted.ts";

// The part that the tests use: the package has no types.
interface CircuitBreaker {
  fire(): Promise<unknown>;
  open(): void;
  shutdown(): void;
  on(event: string, listener: (result: unknown) => void): void;
  once(event: string, listener: () => void): void;
  listenerCount(event: string): number;
}

type BreakerOptions = Readonly<Record<string, unknown>>;

const require = createRequire(import.meta.url);
const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled, which is what an application's `import "opossum"` amounts to.
const Breaker: new (
  action: () => Promise<unknown>,
  options: BreakerOptions,
) => CircuitBreaker = require("opossum");
instrumentation.disable();
const untouched: unknown = Reflect.get(Breaker.prototype, "emit");

const RESET_MILLIS = 30_000;

let collecting: Collecting;
let health: Health;
let breakers: CircuitBreaker[];

beforeEach(() => {
  collecting = collectingProvider();
  health = new Health({ meterProvider: collecting.provider });
  breakers = [];
  enableWith({});
});

afterEach(() => {
  for (const breaker of breakers) breaker.shutdown();
  instrumentation.disable();
  vi.useRealTimers();
});

function enableWith(config: object): void {
  instrumentation.setConfig({ health, ...config });
  instrumentation.setMeterProvider(collecting.provider);
  instrumentation.enable();
}

function made(action: () => Promise<unknown>, options: BreakerOptions = {}): CircuitBreaker {
  const breaker = new Breaker(action, { name: "billing", resetTimeout: RESET_MILLIS, ...options });
  breakers.push(breaker);
  return breaker;
}

async function calls(name = "billing"): Promise<Record<string, unknown>> {
  const points = await collecting.points("circuit_breaker.calls");
  return Object.fromEntries(
    points
      .filter(({ attributes }) => attributes["circuit_breaker.name"] === name)
      .map(({ attributes, value }) => [String(attributes["outcome"]), value]),
  );
}

function shown(name = "billing"): Promise<unknown> {
  return collecting.point("health.component.status", { "health.component": name });
}

test("a breaker is healthy while closed, unhealthy while open, degraded while half open", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let isDown = true;
  const breaker = made(async () => {
    if (isDown) throw new RangeError("down");
    return "bill";
  });
  await expect(breaker.fire()).rejects.toThrow("down");
  expect(await shown()).toBe(3);
  expect(health.report()).toMatchObject({
    status: "degraded",
    components: { billing: { status: "unhealthy", reason: "the circuit is open", critical: false } },
  });
  await expect(breaker.fire()).rejects.toThrow("Breaker is open");
  vi.advanceTimersByTime(RESET_MILLIS);
  expect(await shown()).toBe(2);
  expect(health.report().components["billing"]).toMatchObject({ reason: "the circuit is half open" });
  isDown = false;
  expect(await breaker.fire()).toBe("bill");
  expect(await shown()).toBe(1);
  expect(await calls()).toEqual({ failure: 1, rejected: 1, success: 1 });
});

test("calls are counted once, by outcome, and timed if they ran", async () => {
  const slow = made(() => new Promise(() => {}), { timeout: 20, errorThresholdPercentage: 100 });
  await expect(slow.fire()).rejects.toThrow("Timed out");
  expect(await calls()).toEqual({ timeout: 1 });
  expect(
    await collecting.point("circuit_breaker.call.duration", { "circuit_breaker.name": "billing" }),
  ).toMatchObject({ count: 1 });
  let finish = (): void => {};
  const narrow = made(() => new Promise<void>((resolve) => (finish = resolve)), {
    name: "narrow",
    capacity: 1,
    errorThresholdPercentage: 100,
  });
  const first = narrow.fire();
  await expect(narrow.fire()).rejects.toThrow("Semaphore locked");
  finish();
  await first;
  expect(await calls("narrow")).toEqual({ semaphore_locked: 1, success: 1 });
});

test("an error of another breaker is a failure of the breaker that called it", async () => {
  const inner = made(async () => {}, { name: "inner" });
  inner.open();
  const outer = made(() => inner.fire(), { name: "outer" });
  await expect(outer.fire()).rejects.toThrow("Breaker is open");
  expect(await calls("inner")).toEqual({ rejected: 1 });
  expect(await calls("outer")).toEqual({ failure: 1 });
});

test("a filtered error counts as the success that the breaker returns", async () => {
  const breaker = made(() => Promise.reject(new TypeError("not found")), { errorFilter: () => true });
  await expect(breaker.fire()).rejects.toThrow("not found");
  const slow = made(() => new Promise(() => {}), { name: "slow", timeout: 20, errorFilter: () => true });
  await expect(slow.fire()).rejects.toThrow("Timed out");
  expect(await calls()).toEqual({ success: 1 });
  expect(await calls("slow")).toEqual({ timeout: 1 });
});

// A function without a name.
function nothing(): () => Promise<void> {
  return async () => {};
}

test("breakers without a name are one component, and ids are removed from names", async () => {
  const nameless = (): CircuitBreaker => made(nothing(), { name: "" });
  await Promise.all([nameless().fire(), nameless().fire()]);
  await made(async () => {}, { name: "tenant:4711" }).fire();
  expect(await calls("anonymous")).toEqual({ success: 2 });
  expect(await shown("tenant:*")).toBe(1);
});

test("a breaker that is shut down is not a component any more, unless another has its name", async () => {
  const [first, second] = [made(async () => {}), made(async () => {})];
  await Promise.all([first.fire(), second.fire()]);
  first.shutdown();
  expect(await shown()).toBe(1);
  second.shutdown();
  expect(await shown()).toBeUndefined();
  await expect(second.fire()).rejects.toThrow("shutdown");
});

test.each([
  ["succeeds", false],
  ["opens the circuit", true],
])(
  "a call that %s after the shutdown is counted, and does not bring the component back",
  async (_, fails) => {
    let end = (): void => {};
    const shutDown = made(
      () => new Promise<void>((resolve, reject) => (end = fails ? () => reject(new Error("down")) : resolve)),
      { timeout: false },
    );
    const call = shutDown.fire();
    await setImmediate();
    shutDown.shutdown();
    end();
    await Promise.allSettled([call]);
    expect(await calls()).toEqual(fails ? { failure: 1 } : { success: 1 });
    expect(await shown()).toBeUndefined();
    const next = made(async () => {});
    await next.fire();
    expect(await shown()).toBe(1);
    next.shutdown();
    expect(await shown()).toBeUndefined();
  },
);

test("breakers may be critical, and may be renamed", async () => {
  enableWith({ critical: true, name: (given: string) => `breaker of ${given}` });
  made(async () => {}).open();
  expect(health.status).toBe("unhealthy");
  expect(health.report().components["breaker of billing"]).toMatchObject({ critical: true });
});

test("the application sees no difference: no listener, the same emit, the same promises", async () => {
  const breaker = made(async () => "bill");
  expect(breaker.listenerCount("halfOpen")).toBe(0);
  const emit: unknown = Reflect.get(breaker, "emit");
  expect([Reflect.get(Object(emit), "name"), Reflect.get(Object(emit), "length")]).toEqual(["emit", 1]);
  const seen: unknown[] = [];
  breaker.on("success", (result) => seen.push(result));
  expect(await breaker.fire()).toBe("bill");
  expect(seen).toEqual(["bill"]);
});

test("disabling restores all methods and stops recording", async () => {
  const breaker = made(async () => {});
  await breaker.fire();
  instrumentation.disable();
  expect(Reflect.get(Breaker.prototype, "emit")).toBe(untouched);
  expect(Object.hasOwn(Breaker.prototype, "emit")).toBe(false);
  await breaker.fire();
  expect(await calls()).toEqual({ success: 1 });
});

test("without a facade in its options it records on its meter provider", async () => {
  instrumentation.setConfig({});
  const own = collectingProvider();
  instrumentation.setMeterProvider(own.provider);
  await made(async () => {}).fire();
  expect(await own.point("health.component.status", { "health.component": "billing" })).toBe(1);
  expect(await shown()).toBeUndefined();
});

test("a component set by the application is not changed by a breaker with its name", async () => {
  health.set("cache", "degraded", "warming up");
  const stop = health.register("billing", () => "healthy");
  await health.check();
  const [billing, cache] = [made(() => Promise.resolve()), made(() => Promise.resolve(), { name: "cache" })];
  billing.open();
  cache.open();
  expect(health.report().components).toMatchObject({
    billing: { status: "healthy", critical: true },
    cache: { status: "degraded", reason: "warming up", critical: true },
  });
  billing.shutdown();
  cache.shutdown();
  await health.check();
  expect(Object.keys(health.report().components)).toEqual(["cache", "billing"]);
  stop();
});

test("the application may take over the component of a breaker", async () => {
  const breaker = made(() => Promise.reject(new Error("down")));
  breaker.open();
  expect(health.report().components["billing"]).toMatchObject({ status: "unhealthy", critical: false });
  health.set("billing", "healthy", undefined, { critical: true });
  breaker.shutdown();
  expect(health.report().components["billing"]).toEqual({ status: "healthy", critical: true });
});

test("after a restart, breakers have their state", async () => {
  const [open, gone] = [made(async () => 1), made(async () => 1, { name: "gone" })];
  await Promise.all([open.fire(), gone.fire()]);
  open.open();
  instrumentation.disable();
  gone.shutdown();
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "health.component.status": 3 });
  open.shutdown();
  await expectGauges({ "health.component.status": undefined });
});
