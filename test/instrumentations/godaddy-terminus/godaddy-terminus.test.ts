import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import { Health } from "../../../src/facades/health/index.ts";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { godaddyTerminus as instrumented } from "../../../instrumentations/godaddy-terminus/index.ts";
import { begin } from "../../../instrumentations/godaddy-terminus/instrumentation.ts";
import { addressOf } from "../../kit/address-of.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
// Required after the instrumentation is enabled.
const { createTerminus, HealthCheckError }: typeof import("@godaddy/terminus") = require("@godaddy/terminus");
const inner: object = require("@godaddy/terminus/lib/terminus");
instrumentation.disable();
const untouched: unknown = Reflect.get(inner, "createTerminus");

const collecting = measured(instrumentation);
let health: Health;

beforeEach(() => {
  health = new Health({ meterProvider: collecting.provider });
  instrumentation.setConfig({ health });
  const listeners = process.listeners("SIGTERM");
  onTestFinished(() => {
    for (const listener of process.listeners("SIGTERM")) {
      if (!listeners.includes(listener)) process.off("SIGTERM", listener);
    }
  });
});

async function serving(options: Parameters<typeof createTerminus>[1]): Promise<string> {
  const server: Server = createServer((_, response) => response.end("the application's"));
  expect(createTerminus(server, options)).toBe(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${addressOf(server).port}`;
}

function checks(component: string, result: string): Promise<unknown> {
  return collecting.point("health.checks", { "health.component": component, "health.result": result });
}

function shown(component: string): Promise<unknown> {
  return collecting.point("health.component.status", { "health.component": component });
}

test("checks are counted, timed and exported when they are requested", async () => {
  let isDown = false;
  const url = await serving({
    healthChecks: {
      "/health": async () => {
        if (isDown) throw new HealthCheckError("no database", [new Error("refused")]);
        return { database: "up" };
      },
      verbatim: true,
    },
  });
  expect(await shown("/health")).toBeUndefined();
  expect(await (await fetch(`${url}/health`)).text()).toMatch(/^\{"status":"ok",.*"database":"up"/);
  expect(await shown("/health")).toBe(1);
  isDown = true;
  const failed = await fetch(`${url}/health`);
  expect([failed.status, await failed.json()]).toMatchObject([503, { status: "error" }]);
  expect(await shown("/health")).toBe(3);
  expect(health.report()).toMatchObject({
    status: "degraded",
    components: { "/health": { status: "unhealthy", reason: "no database", critical: false } },
  });
  expect([await checks("/health", "healthy"), await checks("/health", "unhealthy")]).toEqual([1, 1]);
  expect(await collecting.point("health.check.duration", { "health.component": "/health" })).toMatchObject({
    count: 2,
  });
  expect(await (await fetch(`${url}/orders`)).text()).toBe("the application's");
});

test("a check receives the library's arguments, and may return or throw synchronously", async () => {
  const given: unknown[] = [];
  const seen: unknown[] = [];
  instrumentation.disable();
  const bare = await serving({ healthChecks: { "/ready": async (...args) => void given.push(args) } });
  await fetch(`${bare}/ready`);
  instrumentation.enable();
  const url = await serving({
    healthChecks: {
      "/ready": (...args: readonly unknown[]) => {
        seen.push(args);
        if (seen.length === 2) throw new RangeError("not yet");
        return Promise.resolve();
      },
    },
  });
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  expect((await fetch(`${url}/ready`)).status).toBe(503);
  expect(seen[0]).toEqual(given[0]);
  expect([await checks("/ready", "healthy"), await checks("/ready", "unhealthy")]).toEqual([1, 1]);
});

test("checks that are frozen, replaced or added later work as before", async () => {
  const healthChecks: Record<string, () => Promise<unknown>> = { "/health": async () => "first" };
  const url = await serving({ healthChecks });
  healthChecks["/health"] = async () => Promise.reject(new Error("second"));
  healthChecks["/late"] = async () => "late";
  expect((await fetch(`${url}/health`)).status).toBe(503);
  expect((await fetch(`${url}/late`)).status).toBe(200);
  expect(await shown("/health")).toBe(3);
  const frozen = await serving(
    Object.freeze({ healthChecks: Object.freeze({ "/frozen": async () => {} }), signals: [] }),
  );
  expect((await fetch(`${frozen}/frozen`)).status).toBe(200);
  expect(await shown("/frozen")).toBe(1);
});

test("paths match their checks in any case", async (context) => {
  instrumentation.disable();
  const bare = await serving({ caseInsensitive: true, healthChecks: { "/health": async () => {} } });
  if ((await (await fetch(`${bare}/HEALTH`)).text()) === "the application's") {
    context.skip("this version of the library knows paths in their own case alone");
  }
  instrumentation.enable();
  const url = await serving({ caseInsensitive: true, healthChecks: { "/Health": async () => {} } });
  expect((await fetch(`${url}/HEALTH`)).status).toBe(200);
  expect(await shown("/Health")).toBe(1);
});

test("a server without checks, or without options, is not changed", async () => {
  const url = await serving({});
  expect(await (await fetch(`${url}/health`)).text()).toBe("the application's");
  expect(() => Reflect.apply(createTerminus, undefined, [createServer()])).not.toThrow();
  expect(health.report().components).toEqual({});
});

test("an application that is shutting down is unhealthy", async () => {
  const order: string[] = [];
  await serving({
    signal: "SIGUSR2",
    healthChecks: { "/health": async () => {} },
    beforeShutdown: () => {
      order.push("beforeShutdown");
      // Otherwise it would end the process.
      return new Promise(() => {});
    },
  });
  const [listener] = process.listeners("SIGUSR2");
  onTestFinished(() => void process.removeAllListeners("SIGUSR2"));
  listener?.("SIGUSR2");
  expect(order).toEqual(["beforeShutdown"]);
  expect(health.report().components).toEqual({
    "/health": { status: "unhealthy", reason: "shutting down", critical: false },
  });
});

test("disabling restores the original function and stops recording", async () => {
  const url = await serving({ healthChecks: { "/before": async () => {} } });
  instrumentation.disable();
  expect(Reflect.get(inner, "createTerminus")).toBe(untouched);
  const after = await serving({ healthChecks: { "/after": async () => {} } });
  expect((await fetch(`${after}/after`)).status).toBe(200);
  expect((await fetch(`${url}/before`)).status).toBe(200);
  expect(health.report().components).toEqual({});
});

test("enabled again, it continues with the existing servers", async () => {
  const url = await serving({ healthChecks: { "/health": async () => {} } });
  const ask = async (): Promise<number> => (await fetch(`${url}/health`)).status;
  await ask();
  instrumentation.disable();
  await ask();
  expect(await checks("/health", "healthy")).toBe(1);
  const later = new Health({ meterProvider: collecting.provider });
  instrumentation.setConfig({ health: later });
  instrumentation.enable();
  expect(await ask()).toBe(200);
  expect(await checks("/health", "healthy")).toBe(2);
  expect(later.report().components).toMatchObject({ "/health": { status: "healthy" } });
});

test("after a restart, the status is that of the next check", async () => {
  const url = await serving({ healthChecks: { "/health": async () => {} } });
  const ask = async (): Promise<number> => (await fetch(`${url}/health`)).status;
  await ask();
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "health.component.status": undefined });
  await ask();
  await expectGauges({ "health.component.status": 1 });
});
