import { createRequire } from "node:module";
import { ServiceUnavailableException } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import type { HealthIndicatorResult } from "@nestjs/terminus";
import { Health } from "../../../src/facades/health/index.ts";
import { beforeEach, expect, onTestFinished, type TestContext, test } from "vitest";
import { nestjsTerminus as instrumented } from "../../../instrumentations/nestjs-terminus/index.ts";
import { begin } from "../../../instrumentations/nestjs-terminus/instrumentation.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled; with `--import`, the loader hook sees imports.
const terminus: typeof import("@nestjs/terminus") = createRequire(import.meta.url)("@nestjs/terminus");
const { HealthCheckService, HealthIndicatorService, TerminusModule } = terminus;
// Up to version 11, an unhealthy result is thrown.
const HealthCheckError: unknown = Reflect.get(terminus, "HealthCheckError");
instrumentation.disable();
const untouched: unknown = Reflect.get(HealthCheckService.prototype, "check");

const collecting = measured(instrumentation);
let health: Health;

beforeEach(() => {
  health = new Health({ meterProvider: collecting.provider });
  instrumentation.setConfig({ health });
});

async function services() {
  const context = await NestFactory.createApplicationContext(TerminusModule, {
    logger: false,
  });
  onTestFinished(() => context.close());
  return {
    checks: context.get(HealthCheckService),
    indicators: () => context.get(HealthIndicatorService),
  };
}

/** Results in the form of all versions. */
function up(key: string): HealthIndicatorResult {
  return { [key]: { status: "up" } };
}

function down(key: string, details = {}): HealthIndicatorResult {
  const result: HealthIndicatorResult = { [key]: { status: "down", ...details } };
  if (typeof HealthCheckError !== "function") return result;
  throw Reflect.construct(HealthCheckError, [key, result]);
}

function needsNewest(context: TestContext): void {
  if (HealthCheckError !== undefined) {
    context.skip("@nestjs/terminus is older than 12, which knows what is degraded, and attempts");
  }
}

function counted(component: string, result: string): Promise<unknown> {
  return collecting.point("health.checks", { "health.component": component, "health.result": result });
}

function timed(component: string): Promise<unknown> {
  return collecting.point("health.check.duration", { "health.component": component });
}

test("indicators are counted, timed and exported by their keys when they are requested", async () => {
  const { checks } = await services();
  await checks.check([() => up("database"), async () => up("cache")]);
  expect([await counted("database", "healthy"), await counted("cache", "healthy")]).toEqual([1, 1]);
  expect(await timed("database")).toMatchObject({ count: 1 });
  expect(health.report()).toMatchObject({ status: "healthy", components: { cache: { status: "healthy" } } });
});

test("an indicator that is degraded is a degraded component", async (context) => {
  needsNewest(context);
  const { checks, indicators } = await services();
  const result = await checks.check([
    () => indicators().check("database").up(),
    async () => indicators().check("cache").degraded("slow"),
  ]);
  expect(result).toEqual({
    status: "degraded",
    info: { database: { status: "up" }, cache: { status: "degraded", message: "slow" } },
    error: {},
    details: { database: { status: "up" }, cache: { status: "degraded", message: "slow" } },
  });
  expect([await counted("database", "healthy"), await counted("cache", "degraded")]).toEqual([1, 1]);
  expect(health.report()).toMatchObject({
    status: "degraded",
    components: { cache: { status: "degraded", reason: "slow", critical: false } },
  });
});

test("an indicator that is down is unhealthy, and the check throws as before", async () => {
  const { checks } = await services();
  const checking = checks.check([
    () => down("database", { message: "refused", host: "10.0.0.2" }),
    () => up("cache"),
  ]);
  await expect(checking).rejects.toThrow(ServiceUnavailableException);
  expect([await counted("database", "unhealthy"), await counted("cache", "healthy")]).toEqual([1, 1]);
  expect(health.report().components["database"]).toMatchObject({ status: "unhealthy", reason: "refused" });
});

test("attempts are recorded too, and cached results only once", async (context) => {
  needsNewest(context);
  const { checks, indicators } = await services();
  const attempt = () =>
    indicators()
      .check("mail")
      .attempt(async () => {})
      .cacheFor(60_000);
  await checks.check([attempt()]);
  await checks.check([attempt()]);
  expect(await counted("mail", "healthy")).toBe(1);
  expect(await timed("mail")).toMatchObject({ count: 1 });
  const failing = indicators()
    .check("ftp")
    .attempt(() => Promise.reject(new Error("no route")));
  await expect(checks.check([failing])).rejects.toThrow(ServiceUnavailableException);
  let attempts = 0;
  const once = () =>
    indicators()
      .check("sftp")
      .attempt(async () => void attempts++);
  await checks.check([Reflect.apply(() => once, undefined, [])]);
  expect(attempts).toBe(1);
  expect(await timed("sftp")).toMatchObject({ count: 1 });
  expect(health.report().components["ftp"]).toMatchObject({ status: "unhealthy", reason: "no route" });
});

test("an indicator that throws an unknown error makes the check throw that error", async () => {
  const { checks } = await services();
  const error = new RangeError("broken indicator");
  await expect(checks.check([() => Promise.reject<HealthIndicatorResult>(error)])).rejects.toBe(error);
  expect(health.report().components).toEqual({});
});

test("components may be renamed, and may be critical", async () => {
  instrumentation.setConfig({ health, critical: true, name: (key: string) => key.toUpperCase() });
  const { checks } = await services();
  await expect(checks.check([() => down("database")])).rejects.toThrow(ServiceUnavailableException);
  expect(health.report()).toMatchObject({
    status: "unhealthy",
    components: { DATABASE: { critical: true } },
  });
});

test("disabling restores the original function and stops recording", async () => {
  instrumentation.disable();
  expect(Reflect.get(HealthCheckService.prototype, "check")).toBe(untouched);
  const { checks } = await services();
  await checks.check([() => up("database")]);
  expect(health.report().components).toEqual({});
});

test("after a restart, the status is that of the next check", async () => {
  const { checks } = await services();
  await checks.check([() => up("database")]);
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "health.component.status": undefined });
  await checks.check([() => up("database")]);
  await expectGauges({ "health.component.status": 1 });
});
