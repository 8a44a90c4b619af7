import { monitorEventLoopDelay } from "node:perf_hooks";
import { Health, HealthCheckError, type SystemWatchOptions } from "tachymeter/facades";
import { expect, onTestFinished, test, vi } from "vitest";
import { collectingProvider } from "../kit/collecting.ts";
import { callWith } from "./call-with.ts";

function newHealth(): Health {
  return new Health({ meterProvider: collectingProvider().provider });
}

function watch(health: Health, options?: SystemWatchOptions): void {
  onTestFinished(health.watchSystem(options));
}

test("all four figures are checked by default", async () => {
  const health = newHealth();
  watch(health);
  const { components } = await health.check();
  expect(Object.keys(components)).toEqual(["cpu", "memory", "disk", "eventLoop"]);
  for (const { status, critical } of Object.values(components)) {
    expect(["healthy", "degraded", "unhealthy"]).toContain(status);
    expect(critical).toBe(true);
  }
});

test("only the selected figures are checked", async () => {
  const health = newHealth();
  watch(health, { memory: true, disk: { path: process.cwd() }, cpu: false });
  expect(Object.keys((await health.check()).components)).toEqual(["memory", "disk"]);
});

test("a figure at a threshold is degraded, at the higher one unhealthy, and the reason shows it", async () => {
  const health = newHealth();
  watch(health, {
    memory: { degraded: 1e-9 },
    disk: { degraded: 1e-10, unhealthy: 1e-9 },
    cpu: 1,
    critical: false,
  });
  const { status, components } = await health.check();
  expect(status).toBe("degraded");
  expect(components["memory"]).toMatchObject({
    status: "degraded",
    critical: false,
    reason: expect.stringMatching(/^\d+(\.\d)?% in use, the threshold is 0%$/),
  });
  expect(components["disk"]).toMatchObject({ status: "unhealthy" });
});

test("an event loop that was blocked is unhealthy, and healthy again once it runs", async () => {
  const health = newHealth();
  watch(health, { eventLoop: { degraded: 0.2, unhealthy: 0.4 } });
  await health.check();
  await turn();
  const startMillis = performance.now();
  while (performance.now() - startMillis < 600);
  await turn();
  const { components } = await health.check("eventLoop");
  expect(components["eventLoop"]).toMatchObject({
    status: "unhealthy",
    reason: expect.stringMatching(/^\d+(\.\d+)? s late, the threshold is 0\.4 s$/),
  });
  const now = async (): Promise<unknown> => (await health.check("eventLoop")).components["eventLoop"];
  await expect.poll(now).toMatchObject({ status: "healthy" });
});

// Long enough for the sampling every 20 ms.
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

test("busy CPUs are reported from the first check on", async () => {
  const health = newHealth();
  watch(health, { cpu: 1e-9 });
  const load = setInterval(() => {
    for (const endMillis = performance.now() + 5; performance.now() < endMillis;);
  }, 1);
  const { components } = await health.check();
  clearInterval(load);
  expect(components["cpu"]).toMatchObject({ status: "unhealthy" });
});

test("a disk that cannot be read is unknown", async () => {
  const health = newHealth();
  watch(health, { disk: { path: "/nowhere/at/all" } });
  expect((await health.check()).components["disk"]).toMatchObject({
    status: "unknown",
    reason: "the system does not report it",
  });
});

test("the removal removes all of them", async () => {
  const health = newHealth();
  const remove = health.watchSystem({ memory: true, eventLoop: true });
  await health.check();
  remove();
  expect(health.report().components).toEqual({});
});

test("a figure ends when its component is removed or gets another check", () => {
  const ended = vi.spyOn(Object.getPrototypeOf(monitorEventLoopDelay()), "disable");
  onTestFinished(() => ended.mockRestore());
  const health = newHealth();
  health.watchSystem({ eventLoop: true });
  health.remove("eventLoop");
  expect(ended).toHaveBeenCalledTimes(1);
  const remove = health.watchSystem({ eventLoop: true });
  health.register("eventLoop", () => true)();
  expect(ended).toHaveBeenCalledTimes(2);
  remove();
  expect(ended).toHaveBeenCalledTimes(2);
});

test("invalid options are refused, all at once, and nothing is checked", () => {
  const health = newHealth();
  const given: unknown = {
    cpu: 90,
    memory: { unhealthy: "95%", warning: 1 },
    disk: { path: "", degraded: 0 },
    eventLoop: "often",
    network: true,
    interval: 0,
    critical: "yes",
  };
  let error: unknown;
  try {
    callWith(health, "watchSystem", given);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(HealthCheckError);
  expect(String(error).split("\n")).toEqual([
    "HealthCheckError: health.watchSystem(): cpu must be a share above 0, at most 1, such as 0.9, or { degraded, unhealthy }, or true, got 90",
    'health.watchSystem(): memory.unhealthy must be a share above 0, at most 1, such as 0.9, got "95%"',
    'health.watchSystem(): memory has no option "warning"; use degraded or unhealthy',
    'health.watchSystem(): disk.path must be the path of a folder, got ""',
    "health.watchSystem(): disk.degraded must be a share above 0, at most 1, such as 0.9, got 0",
    'health.watchSystem(): eventLoop must be a number of seconds above 0, such as 0.5, or { degraded, unhealthy }, or true, got "often"',
    'health.watchSystem(): there is no option "network"; use cpu, memory, disk, eventLoop, interval or critical',
    "health.watchSystem(): interval must be a number of seconds above 0, at most 2147483, got 0",
    'health.watchSystem(): critical must be true or false, got "yes"',
  ]);
  expect(health.report().components).toEqual({});
  expect(() => callWith(health, "watchSystem", null)).toThrow(
    "options must be an object such as { memory: true }, got null",
  );
});
