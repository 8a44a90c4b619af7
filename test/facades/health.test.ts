import { diag, metrics } from "@opentelemetry/api";
import fc from "fast-check";
import { Health, type HealthStatus } from "tachymeter/facades";
import { afterEach, expect, test, vi } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { anything } from "./anything.ts";
import { callWith } from "./call-with.ts";
import { describedMetrics, SECONDS_BOUNDARIES } from "./described-metrics.ts";
import { heardEvents } from "./heard-events.ts";
import { runs } from "../kit/test-length.ts";

afterEach(() => {
  vi.useRealTimers();
  diag.disable();
  metrics.disable();
});

function healthy(): Collecting & { health: Health } {
  const collecting = collectingProvider();
  return { ...collecting, health: new Health({ meterProvider: collecting.provider }) };
}

const component = (name: string): { "health.component": string } => ({ "health.component": name });

test("every metric of health has its unit, description, attributes and boundaries", async () => {
  const { health, collect } = healthy();
  health.recordCheck("database", "healthy", 0.5);
  const described = describedMetrics(await collect(), "tachymeter.health");
  expect(described.map((one) => [one.name, one.unit, one.attributes, one.boundaries])).toEqual([
    ["health.check.duration", "s", ["health.component"], SECONDS_BOUNDARIES],
    ["health.checks", "{check}", ["health.component", "health.result"], undefined],
    ["health.component.status", "", ["health.component"], undefined],
    ["health.status", "", [], undefined],
  ]);
  for (const { description } of described) expect(description).toMatch(/\w+.*\.$/);
});

test("there are no components at first", async () => {
  const { health, point, points } = healthy();
  expect(health.status).toBe("unknown");
  expect(health.report()).toEqual({ status: "unknown", timestamp: expect.any(Number), components: {} });
  expect(await point("health.status")).toBe(0);
  expect(await points("health.component.status")).toEqual([]);
});

test("a status that was set is in the report and the metrics", async () => {
  vi.useFakeTimers({ now: 1_700_000_000_500 });
  const { health, point, points } = healthy();
  health.set("database", "healthy");
  health.set("cache", "degraded", "warming up");
  expect(health.report()).toEqual({
    status: "degraded",
    timestamp: 1_700_000_000.5,
    components: {
      database: { status: "healthy", critical: true },
      cache: { status: "degraded", reason: "warming up", critical: true },
    },
  });
  expect(await point("health.status")).toBe(2);
  expect(await points("health.component.status")).toEqual([
    { attributes: component("database"), value: 1 },
    { attributes: component("cache"), value: 2 },
  ]);
  expect(await points("health.checks")).toEqual([]);
  health.set("cache", "healthy");
  expect(health.report().components["cache"]).toEqual({ status: "healthy", critical: true });
});

test.each<[HealthStatus, number]>([
  ["unknown", 0],
  ["healthy", 1],
  ["degraded", 2],
  ["unhealthy", 3],
])("%s is %d in the metrics", async (status, value) => {
  const { health, point } = healthy();
  health.set("database", status);
  expect(await point("health.component.status", component("database"))).toBe(value);
  expect(await point("health.status")).toBe(value);
});

test("the overall status follows its rule for any components", async () => {
  vi.useFakeTimers();
  const part = fc.record({
    status: fc.constantFrom<HealthStatus>("unknown", "healthy", "degraded", "unhealthy"),
    critical: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
      const health = new Health({ meterProvider: collectingProvider().provider });
      for (const [i, { status, critical }] of parts.entries()) {
        health.register(`part-${i}`, () => status, { critical });
        health.set(`part-${i}`, status);
      }
      const known = parts.filter(({ status }) => status !== "unknown");
      const expected =
        known.length === 0
          ? "unknown"
          : known.some(({ status, critical }) => critical && status === "unhealthy")
            ? "unhealthy"
            : known.some(({ status }) => status !== "healthy")
              ? "degraded"
              : "healthy";
      expect(health.status).toBe(expected);
      expect(health.report().status).toBe(expected);
      health.stop();
    }),
  );
});

test("an invalid status or component is dropped, counted and logged once", async () => {
  const warnings = collectWarnings();
  const { health, point } = healthy();
  callWith(health, "set", "database", "fine");
  callWith(health, "set", "database", "toString");
  callWith(health, "set", {}, "healthy");
  callWith(health, "recordCheck", "database", undefined, 1);
  expect(health.report().components).toEqual({});
  expect(await point("telemetry.dropped", { reason: "invalid_name" })).toBe(4);
  expect(warnings).toEqual([
    'instrument "health.component.status": dropped "fine" (invalid_name); use unknown, healthy, degraded or unhealthy; this is logged once',
  ]);
});

test("a check made elsewhere is counted and timed, and sets the status", async () => {
  vi.useFakeTimers({ now: 5_000 });
  const { health, point, points } = healthy();
  health.recordCheck("database", "healthy", 0.5);
  health.recordCheck("database", "unhealthy", undefined, "refused");
  health.recordCheck("cache", "degraded", -1);
  expect(health.report().components).toEqual({
    database: { status: "unhealthy", reason: "refused", critical: true, checkedAt: 5 },
    cache: { status: "degraded", critical: true, checkedAt: 5 },
  });
  expect(await points("health.checks")).toEqual([
    { attributes: { ...component("database"), "health.result": "healthy" }, value: 1 },
    { attributes: { ...component("database"), "health.result": "unhealthy" }, value: 1 },
    { attributes: { ...component("cache"), "health.result": "degraded" }, value: 1 },
  ]);
  expect(await points("health.check.duration")).toMatchObject([
    { attributes: component("database"), value: { count: 1, sum: 0.5 } },
  ]);
  expect(await point("telemetry.dropped", { reason: "negative" })).toBe(1);
});

test("setting a status keeps the time of the component's last check", () => {
  vi.useFakeTimers({ now: 5_000 });
  const { health } = healthy();
  health.recordCheck("database", "unhealthy", 0.5, "refused");
  health.set("database", "healthy");
  expect(health.report().components).toEqual({
    database: { status: "healthy", critical: true, checkedAt: 5, durationSeconds: 0.5 },
  });
});

test("reasons are cut to 200 characters, and left out if they are not a string", () => {
  const { health } = healthy();
  health.set("database", "unhealthy", "x".repeat(300));
  callWith(health, "set", "cache", "unhealthy", { not: "a text" });
  expect(health.report().components["database"]?.reason).toBe("x".repeat(200));
  expect(health.report().components["cache"]).toEqual({ status: "unhealthy", critical: true });
});

test("a component may have any name", () => {
  const { health } = healthy();
  health.set("__proto__", "degraded");
  const { components } = health.report();
  expect(Object.entries(components)).toEqual([["__proto__", { status: "degraded", critical: true }]]);
  expect(Object.getPrototypeOf(components)).toBe(Object.prototype);
});

test("at most 1,000 components are kept: setting one more is dropped, registering it throws", async () => {
  const { health, point } = healthy();
  for (let i = 0; i < 1_001; i++) health.set(`component-${i}`, "healthy");
  health.set("component-0", "degraded");
  expect(Object.keys(health.report().components)).toHaveLength(1_000);
  expect(health.report().components["component-1000"]).toBeUndefined();
  expect(health.status).toBe("degraded");
  expect(await point("telemetry.dropped", { reason: "invalid_name" })).toBe(1);
  expect(() => health.register("component-1000", () => true)).toThrow(
    'health check "component-1000": 1000 components are known already; remove some',
  );
});

test("each status that is set and each check raises its event while a hook listens", () => {
  const events = heardEvents();
  const health = new Health({ meterProvider: collectingProvider().provider, events });
  health.set("database", "healthy");
  health.set("database", "unhealthy", "refused");
  callWith(health, "set", "database", "fine");
  health.recordCheck("database", "degraded", 0.5, "slow");
  health.recordCheck("database", "healthy");
  expect(events.heard).toEqual([
    ["health.status", { component: "database", status: "healthy" }],
    ["health.status", { component: "database", status: "unhealthy", reason: "refused" }],
    ["health.check", { component: "database", status: "degraded", reason: "slow", seconds: 0.5 }],
    ["health.check", { component: "database", status: "healthy" }],
  ]);
  const deaf = heardEvents(() => false);
  new Health({ meterProvider: collectingProvider().provider, events: deaf }).set("database", "healthy");
  expect(deaf.heard).toEqual([]);
});

test("a facade created before a provider is registered uses it from its next call on", async () => {
  const health = new Health();
  health.set("database", "unhealthy");
  const { provider, point } = collectingProvider();
  metrics.setGlobalMeterProvider(provider);
  health.set("cache", "healthy");
  expect(await point("health.status")).toBe(3);
  expect(await point("health.component.status", component("database"))).toBe(3);
  health.recordCheck("cache", "healthy");
  expect(await point("health.checks", { ...component("cache"), "health.result": "healthy" })).toBe(1);
});

test("no recording call throws, whatever its arguments", async () => {
  const { health, collect } = healthy();
  fc.assert(
    fc.property(anything(), anything(), anything(), (makeName, makeStatus, makeReason) => {
      const [name, status, reason] = [makeName(), makeStatus(), makeReason()];
      callWith(health, "set", name, status, reason);
      callWith(health, "set", name, "healthy", reason, status);
      callWith(health, "recordCheck", name, status, reason, reason);
      callWith(health, "recordCheck", name, "healthy", status, reason);
    }),
    { numRuns: runs(300) },
  );
  expect((await collect()).scopeMetrics).not.toEqual([]);
});
