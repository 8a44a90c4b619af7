import { diag, metrics } from "@opentelemetry/api";
import fc from "fast-check";
import { Health } from "tachymeter/facades";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { anything, throwingGetters, throwingProxy } from "./anything.ts";
import { callWith } from "./call-with.ts";
import { heardEvents } from "./heard-events.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => {
  vi.useRealTimers();
  diag.disable();
  metrics.disable();
});

function healthy(): Collecting & { health: Health } {
  const collecting = collectingProvider();
  return { ...collecting, health: new Health({ meterProvider: collecting.provider }) };
}

const pass = (seconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(seconds * 1_000);
const slow = (seconds: number) => (): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
const component = (name: string): { "health.component": string } => ({ "health.component": name });
const fail = (error: unknown): never => {
  throw error;
};

test("a check runs right after the registration, though not within it, and then at each interval", async () => {
  const { health } = healthy();
  const check = vi.fn<() => void>();
  health.register("database", check);
  expect(check).not.toHaveBeenCalled();
  expect(health.report().components).toEqual({ database: { status: "unknown", critical: true } });
  await pass(0);
  expect(check).toHaveBeenCalledTimes(1);
  await pass(29.999);
  expect(check).toHaveBeenCalledTimes(1);
  await pass(0.001);
  expect(check).toHaveBeenCalledTimes(2);
});

test("a finished check shows up in the report, the metrics and the events", async () => {
  const { provider, points, point } = collectingProvider();
  const events = heardEvents();
  const health = new Health({ meterProvider: provider, events });
  health.register("database", slow(2), { interval: 10, critical: false });
  await pass(2);
  expect(health.report()).toEqual({
    status: "healthy",
    timestamp: 1_002,
    components: {
      database: { status: "healthy", critical: false, checkedAt: 1_002, durationSeconds: 2 },
    },
  });
  await pass(10);
  expect(await points("health.checks")).toEqual([
    { attributes: { ...component("database"), "health.result": "healthy" }, value: 2 },
  ]);
  expect(await points("health.check.duration")).toMatchObject([
    { attributes: component("database"), value: { count: 2, sum: 4 } },
  ]);
  expect(await point("health.component.status", component("database"))).toBe(1);
  const event = ["health.check", { component: "database", status: "healthy", seconds: 2 }];
  expect(events.heard).toEqual([event, event]);
});

test.each<[string, (signal: AbortSignal) => unknown, string, string | undefined]>([
  ["throws", () => fail(new Error("refused")), "unhealthy", "refused"],
  ["rejects", async () => fail(new Error("refused")), "unhealthy", "refused"],
  ["throws a text", () => fail("refused"), "unhealthy", "refused"],
  ["throws an error without message", () => fail(new AggregateError([])), "unhealthy", "AggregateError"],
  [
    "throws an error with a code alone",
    () => fail(Object.assign(new AggregateError([]), { code: "ECONNREFUSED" })),
    "unhealthy",
    "ECONNREFUSED",
  ],
  ["throws a long error", () => fail(new Error("x".repeat(300))), "unhealthy", "x".repeat(200)],
  ["throws undefined", () => fail(undefined), "unhealthy", "the check failed"],
  ["throws what throws at a look", () => fail(throwingProxy()), "unhealthy", "the check failed"],
  ["returns false", () => false, "unhealthy", "the check returned false"],
  ["resolves with false", async () => false, "unhealthy", "the check returned false"],
  ["gives healthy", () => "healthy", "healthy", undefined],
  ["gives degraded", async () => "degraded", "degraded", undefined],
  ["gives unhealthy", () => "unhealthy", "unhealthy", undefined],
  ["gives unknown", () => "unknown", "unknown", undefined],
  ["gives a status and a reason", () => ({ status: "degraded", reason: "slow" }), "degraded", "slow"],
  ["gives a status alone", async () => ({ status: "unhealthy" }), "unhealthy", undefined],
  ["gives a status and no reason", () => ({ status: "degraded", reason: 5 }), "degraded", undefined],
  ["gives nothing", () => undefined, "healthy", undefined],
  ["gives null", () => null, "healthy", undefined],
  ["gives a query's rows", () => ({ rows: [{ id: 7 }], rowCount: 1 }), "healthy", undefined],
  ["gives what throws at a look", () => throwingGetters(), "unhealthy", "do not look"],
])("a check that %s", async (_what, check, status, reason) => {
  const { health, point } = healthy();
  health.register("database", check);
  await pass(0);
  const { components } = await health.check("database");
  expect(components["database"]?.status).toBe(status);
  expect(components["database"]?.reason).toBe(reason);
  expect(await point("health.checks", { ...component("database"), "health.result": status })).toBe(2);
});

test.each<[result: unknown, status: string, reason?: string]>([
  ["down", "unhealthy"],
  ["UP", "healthy"],
  ["PONG", "healthy"],
  ["OUT_OF_SERVICE", "unhealthy"],
  ["SERVER_IS_NOT_READY", "unhealthy"],
  [true, "healthy"],
  [204, "healthy"],
  [503, "unhealthy", "HTTP status 503"],
  [new Error("refused"), "unhealthy", "refused"],
  [{ status: "down" }, "unhealthy"],
  [{ status: "down", message: "refused" }, "unhealthy", "refused"],
  [{ status: 503 }, "unhealthy", "HTTP status 503"],
  [{ statusCode: 404 }, "unhealthy", "HTTP status 404"],
  [new Response("", { status: 500 }), "unhealthy", "HTTP status 500"],
  [new Response("", { status: 200 }), "healthy"],
  [{ ok: false }, "unhealthy", "ok is false"],
  [{ ok: 1 }, "healthy"],
  [{ ok: 0, error: new Error("not primary") }, "unhealthy", "not primary"],
  [{ healthy: false }, "unhealthy", "healthy is false"],
  [{ status: "up", healthy: false }, "unhealthy", "healthy is false"],
  [{ data: null, error: { message: "no such table" } }, "unhealthy", "no such table"],
  // NestJS: an indicator, and a whole result.
  [{ db: { status: "up" } }, "healthy"],
  [{ db: { status: "up" }, mq: { status: "down", message: "refused" } }, "unhealthy", "mq: refused"],
  [{ status: "ok", info: { db: { status: "up" } }, error: {}, details: { db: { status: "up" } } }, "healthy"],
  [{ status: "error", info: {}, error: { db: { status: "down" } }, details: {} }, "unhealthy", "db"],
  // Spring Boot, and ours: the whole's status counts.
  [{ status: "UP", components: { disk: { status: "UP" } } }, "healthy"],
  [{ status: "DOWN", components: { db: { status: "DOWN", details: { error: "x" } } } }, "unhealthy", "db"],
  [{ status: "degraded", components: { db: { status: "unhealthy" } } }, "degraded"],
  [{ components: { db: { status: "DOWN" } } }, "unhealthy", "db"],
  [{ status: { db: "up", mq: "down" } }, "unhealthy", "mq"],
  [{ db: "up", mq: "down" }, "unhealthy", "mq"],
  // "Health Check Response Format for HTTP APIs".
  [{ status: "warn", output: "slow" }, "degraded", "slow"],
  [{ checks: { "cpu:load": [{ status: "pass" }, { status: "fail" }] } }, "unhealthy", "cpu:load: 1"],
  [
    await Promise.allSettled([Promise.resolve(1), Promise.reject(new Error("refused"))]),
    "unhealthy",
    "1: refused",
  ],
  [[true, undefined, { n: 1 }], "healthy"],
  [[["master", 0, []]], "healthy"],
  [
    [
      { id: 1, status: "failed" },
      { id: 2, state: "red" },
    ],
    "healthy",
  ],
  [[[{ id: 1, status: "failed" }], [{ name: "status" }]], "healthy"],
  [
    [
      { name: "mq", status: "down" },
      { name: "db", status: "up" },
    ],
    "unhealthy",
    "0",
  ],
])("a check that returns %j is read as what it says", async (result, status, reason) => {
  const warnings = collectWarnings();
  const { health } = healthy();
  health.register("queue", async () => result);
  const { components } = await health.check();
  expect([components["queue"]?.status, components["queue"]?.reason]).toEqual([status, reason]);
  expect(warnings).toEqual([]);
});

test.each<[name: string, result: unknown, shown: string]>([
  ["text", "fine", '"fine"'],
  ["count", 0, "0"],
  ["early", { status: 100 }, "{ status: 100 }"],
  ["word", { status: "wobbly", password: "hunter2" }, "{ status: 'wobbly', password: '(hidden)' }"],
  [
    "part",
    { db: { status: "up" }, mq: { status: "wobbly" } },
    "{ db: { status: 'up' }, mq: { status: 'wobbly' } }",
  ],
  ["flags", { db: true, mq: false }, "{ db: true, mq: false }"],
  ["symbol", Symbol("up"), "Symbol(up)"],
])(
  "a check that returns a status that is not known (%s) is unknown, and logged once",
  async (name, result, shown) => {
    const warnings = collectWarnings();
    const { health, point } = healthy();
    health.register(name, () => result);
    await health.check();
    const { components, status } = await health.check();
    expect(components[name]).toMatchObject({
      status: "unknown",
      reason: "the check returned a status that is not known",
      checkedAt: 1_000,
    });
    expect(status).toBe("unknown");
    expect(await point("health.checks", { ...component(name), "health.result": "unknown" })).toBe(2);
    expect(warnings).toEqual([
      `health check "${name}" must return a status that is known, got ${shown}; return healthy, degraded or unhealthy, or throw; this is logged once`,
    ]);
  },
);

test("a status that is set may be a word of another system", () => {
  const { health } = healthy();
  const set = (given: unknown): string | undefined => {
    callWith(health, "set", "queue", given);
    return health.report().components["queue"]?.status;
  };
  expect(["down", "UP", false, 503, "Out of Service", "warn", true].map(set)).toEqual([
    "unhealthy",
    "healthy",
    "unhealthy",
    "unhealthy",
    "unhealthy",
    "degraded",
    "healthy",
  ]);
  expect(["wobbly", 7, {}, { status: "down" }, undefined].map(set)).toEqual(Array(5).fill("healthy"));
});

test("a check that times out is unhealthy, its signal aborts and its late result is ignored", async () => {
  const { health, points } = healthy();
  const signals: AbortSignal[] = [];
  health.register("database", (signal) => {
    signals.push(signal);
    return slow(8)();
  });
  await pass(4.999);
  expect(health.status).toBe("unknown");
  expect(signals[0]?.aborted).toBe(false);
  await pass(0.001);
  expect(health.report().components["database"]).toEqual({
    status: "unhealthy",
    reason: "timed out after 5 s",
    critical: true,
    checkedAt: 1_005,
    durationSeconds: 5,
  });
  expect(signals[0]?.reason).toMatchObject({ name: "TimeoutError", message: "timed out after 5 s" });
  await pass(5);
  expect(health.status).toBe("unhealthy");
  expect(await points("health.checks")).toEqual([
    { attributes: { ...component("database"), "health.result": "unhealthy" }, value: 1 },
  ]);
});

test("a late failure of a check that timed out is ignored, and the next check counts again", async () => {
  const { health } = healthy();
  let runs = 0;
  health.register(
    "database",
    () => (++runs === 1 ? slow(2)().then(() => fail(new Error("late"))) : "healthy"),
    { interval: 3, timeout: 1 },
  );
  await pass(2.5);
  expect(health.report().components["database"]?.reason).toBe("timed out after 1 s");
  await pass(0.5);
  expect(health.status).toBe("healthy");
});

test("a reason has no credentials, whether it is an error's message or was given", async () => {
  const { health } = healthy();
  health.register("api", () => fail(new Error("no answer from https://probe:hunter2@api.example/health")));
  health.set("cache", "degraded", "redis://:hunter2@cache is slow");
  await pass(0);
  expect(health.report().components).toMatchObject({
    api: { reason: "no answer from https://…@api.example/health" },
    cache: { reason: "redis://…@cache is slow" },
  });
});

test("the checks of one component never overlap", async () => {
  const { health } = healthy();
  let running = 0;
  let most = 0;
  health.register(
    "database",
    async () => {
      most = Math.max(most, ++running);
      await slow(2.5)();
      running--;
    },
    { interval: 1 },
  );
  for (let i = 0; i < 20; i++) {
    void health.check("database");
    await pass(0.5);
  }
  expect(most).toBe(1);
});

test("checks registered before a provider is are recorded once there is one", async () => {
  const health = new Health();
  health.register("database", () => true);
  await pass(0);
  const { provider, point } = collectingProvider();
  metrics.setGlobalMeterProvider(provider);
  await health.check();
  expect(await point("health.status")).toBe(1);
  expect(await point("health.checks", { ...component("database"), "health.result": "healthy" })).toBe(1);
  health.stop();
});

test("no check makes a call throw or reject, whatever it returns or throws", async () => {
  const { health, collect } = healthy();
  await fc.assert(
    fc.asyncProperty(anything(), fc.boolean(), async (make, throws) => {
      const remove = health.register("database", () => (throws ? fail(make()) : make()));
      const { components } = await health.check("database");
      expect(components["database"]?.checkedAt).toBe(1_000);
      remove();
    }),
    { numRuns: 300 },
  );
  await collect();
});
