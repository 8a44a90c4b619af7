import { Health, HealthCheckError, type HealthReport } from "tachymeter/facades";
import { AggregationTemporality } from "tachymeter/metrics";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { callWith } from "./call-with.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

function healthy(temporality?: AggregationTemporality): Collecting & { health: Health } {
  const collecting = collectingProvider(temporality);
  return { ...collecting, health: new Health({ meterProvider: collecting.provider }) };
}

const pass = (seconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(seconds * 1_000);
const never = (): Promise<void> => new Promise(() => {});
const slow = (seconds: number) => (): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
const component = (name: string): { "health.component": string } => ({ "health.component": name });

test("check() joins the check that is running and waits for its result", async () => {
  const { health, point } = healthy();
  const check = vi.fn<() => Promise<void>>(slow(2));
  health.register("database", check);
  await pass(1);
  const reports: HealthReport[] = [];
  void health.check("database").then((report) => reports.push(report));
  void health.check().then((report) => reports.push(report));
  await pass(0.999);
  expect(reports).toEqual([]);
  await pass(0.001);
  expect(reports.map(({ status }) => status)).toEqual(["healthy", "healthy"]);
  expect(check).toHaveBeenCalledTimes(1);
  expect(await point("health.checks", { ...component("database"), "health.result": "healthy" })).toBe(1);
});

test("checking one component does not check the others", async () => {
  const { health } = healthy();
  const [database, cache] = [vi.fn<() => void>(), vi.fn<() => void>()];
  health.register("database", database);
  health.register("cache", cache);
  await pass(0);
  await health.check("database");
  expect([database, cache].map((check) => check.mock.calls.length)).toEqual([2, 1]);
  await health.check();
  expect([database, cache].map((check) => check.mock.calls.length)).toEqual([3, 2]);
});

test("a check that checks itself runs once", async () => {
  const { health } = healthy();
  const check = vi.fn<() => Promise<string>>(async () => {
    void health.check("database");
    return "healthy";
  });
  health.register("database", check);
  await pass(1);
  expect(check).toHaveBeenCalledTimes(1);
});

test("checking a component that has no check, or is unknown, returns the report unchanged", async () => {
  const { health } = healthy();
  health.set("cache", "degraded");
  const components = { cache: { status: "degraded", critical: true } };
  expect(await health.check("cache")).toEqual({ status: "degraded", timestamp: 1_000, components });
  expect(await health.check("nobody")).toEqual({ status: "degraded", timestamp: 1_000, components });
  expect(await callWith(health, "check", Symbol("database"))).toMatchObject({ components });
});

test("a removal stops the check, aborts a running one and removes the component", async () => {
  const { health, points } = healthy(AggregationTemporality.DELTA);
  const signals: AbortSignal[] = [];
  const check = vi.fn<(signal: AbortSignal) => Promise<void>>((signal) => {
    signals.push(signal);
    return slow(3)();
  });
  const remove = health.register("database", check);
  await pass(1);
  const joined = health.check("database");
  remove();
  remove();
  expect(signals[0]?.aborted).toBe(true);
  expect((await joined).components).toEqual({});
  await pass(60);
  expect(check).toHaveBeenCalledTimes(1);
  expect(health.report().components).toEqual({});
  expect(await points("health.component.status")).toEqual([]);
  expect(await points("health.checks")).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a check that is removed before it ran never runs", async () => {
  const { health } = healthy();
  const check = vi.fn<() => void>();
  health.register("database", check)();
  await pass(60);
  expect(check).not.toHaveBeenCalled();
});

test("registering a component again replaces its check, and the earlier removal has no effect", async () => {
  const { health } = healthy();
  const first = vi.fn<() => boolean>(() => false);
  const remove = health.register("database", first);
  await pass(0);
  expect(health.status).toBe("unhealthy");
  health.register("database", () => true, { critical: false, interval: 1 });
  expect(health.report().components["database"]).toMatchObject({ status: "unhealthy", critical: false });
  remove();
  await pass(60);
  expect(first).toHaveBeenCalledTimes(1);
  expect(health.status).toBe("healthy");
});

test("a status that is set holds until the next check", async () => {
  const { health } = healthy();
  health.register("database", () => true);
  await pass(0);
  health.set("database", "degraded", "in maintenance");
  expect(health.status).toBe("degraded");
  await pass(30);
  expect(health.status).toBe("healthy");
});

test("no timer of a check keeps the process alive", async () => {
  vi.useRealTimers();
  const { health } = healthy();
  const timers = [vi.spyOn(globalThis, "setTimeout"), vi.spyOn(globalThis, "setInterval")];
  onTestFinished(() => void vi.restoreAllMocks());
  const remove = health.register("database", never);
  await new Promise((resolve) => setImmediate(resolve));
  const made = timers.flatMap(({ mock }) => mock.results.map(({ value }) => value));
  expect(made.map((timer) => timer.hasRef())).toEqual([false, false]);
  remove();
});

test("stopping ends all checks and keeps the statuses", async () => {
  const { health } = healthy();
  health.register("database", () => "degraded");
  await pass(0);
  health.stop();
  expect(vi.getTimerCount()).toBe(0);
  expect(health.status).toBe("degraded");
});

test("invalid arguments are refused at once, all of them in one error", () => {
  const { health } = healthy();
  const options = { interval: -1, timeout: "5", critical: 1 };
  expect(() => callWith(health, "register", "database", true, options)).toThrow(
    expect.objectContaining({
      name: "HealthCheckError",
      code: "TACHYMETER_HEALTH_CHECK",
      message: [
        'health check "database": check must be a function, got true; pass one that throws or returns a status',
        'health check "database": interval must be a number of seconds above 0, at most 2147483, got -1',
        'health check "database": timeout must be a number of seconds above 0, at most 2147483, got "5"',
        'health check "database": critical must be true or false, got 1',
      ].join("\n"),
    }),
  );
  expect(health.report().components).toEqual({});
});

test.each([
  { component: "" },
  { component: 5 },
  { options: null },
  { options: { interval: NaN } },
  { options: { interval: 3_000_000 } },
  { options: { timeout: 0 } },
])("registering with %j is refused", ({ component: name = "database", options = {} }) => {
  const { health } = healthy();
  expect(() => callWith(health, "register", name, () => true, options)).toThrow(HealthCheckError);
});
