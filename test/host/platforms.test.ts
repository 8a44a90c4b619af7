import { createRequire } from "node:module";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ResourceMetrics } from "tachymeter/metrics";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { isOurs } from "../../src/io/own-processes.ts";
import { observeHost } from "../../src/host/index.ts";
import { readMemory } from "../../src/host/readings/memory.ts";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";

const { platform } = process;
const WAIT = { timeout: 20_000, interval: 100 };
// Loaded before another platform is simulated, so that it reads this machine.
const require = createRequire(import.meta.url);
createRequire(require.resolve("@opentelemetry/host-metrics"))("systeminformation");

beforeEach((context) => context.skip(platform !== "linux", "the host is read from Linux itself"));
afterEach(() => pretendPlatform(platform));

function pretendPlatform(name: string): void {
  Object.defineProperty(process, "platform", { value: name });
}

function observing(): Collecting & { forget: () => void } {
  const collecting = collectingProvider();
  return { ...collecting, forget: observeHost(collecting.provider) };
}

function scopesByName({ scopeMetrics }: ResourceMetrics): Map<string, string[]> {
  const scopes = new Map<string, string[]>();
  for (const { scope, metrics } of scopeMetrics) {
    for (const { descriptor, dataPoints } of metrics) {
      if (dataPoints.length === 0) continue;
      scopes.set(descriptor.name, [...(scopes.get(descriptor.name) ?? []), scope.name]);
    }
  }
  return scopes;
}

test("on Linux no metric comes from upstream's host metrics too", async () => {
  const { collect } = observing();
  const scopes = scopesByName(await collect());
  expect(scopes.get("system.cpu.time")).toEqual(["tachymeter.host"]);
  for (const [name, [...tellers]] of scopes) expect([name, tellers]).toEqual([name, ["tachymeter.host"]]);
});

test("elsewhere the system's programs are started at most once a minute, and do not count as the application's", async () => {
  pretendPlatform("darwin");
  const started: boolean[] = [];
  const onProcess = (): void => void started.push(isOurs());
  subscribe("child_process", onProcess);
  onTestFinished(() => void unsubscribe("child_process", onProcess));
  const { point, forget } = observing();
  const swapUsed = { "system.paging.state": "used" };
  const read = { "disk.io.direction": "read" };
  const received = { "network.interface.name": "lo", "network.io.direction": "receive" };
  await vi.waitFor(async () => expect(await point("system.network.io", received)).toBeGreaterThan(0), WAIT);
  await vi.waitFor(async () => expect(await point("system.paging.usage", swapUsed)).toBeDefined(), WAIT);
  await vi.waitFor(async () => expect(await point("system.disk.io", read)).toBeDefined(), WAIT);
  const before = started.length;
  expect(before).toBeGreaterThan(0);
  for (let i = 0; i < 5; i++) await point("system.network.io", received);
  expect(started.length).toBe(before);
  expect(started.every(Boolean)).toBe(true);
  forget();
});

test("elsewhere CPU and memory are upstream's, and the rest is ours", async () => {
  const { swapTotalBytes = 0 } = await readMemory();
  pretendPlatform("darwin");
  const { collect, forget } = observing();
  const ours = ["tachymeter.host"];
  const upstream = ["@opentelemetry/host-metrics"];
  await vi.waitFor(
    async () =>
      expect(Object.fromEntries(scopesByName(await collect()))).toEqual({
        "process.cpu.time": upstream,
        "process.cpu.utilization": upstream,
        "process.memory.usage": upstream,
        "system.cpu.time": upstream,
        "system.cpu.utilization": upstream,
        "system.disk.io": ours,
        "system.disk.operations": ours,
        "system.filesystem.limit": ours,
        "system.filesystem.usage": ours,
        "system.filesystem.utilization": ours,
        "system.memory.usage": upstream,
        "system.memory.utilization": upstream,
        "system.network.errors": ours,
        "system.network.io": ours,
        "system.network.packet.dropped": ours,
        "system.paging.usage": ours,
        ...(swapTotalBytes > 0 && { "system.paging.utilization": ours }),
      }),
    WAIT,
  );
  forget();
});

test("no series is exported twice, and every metric has a unit and a description", async () => {
  const { collect } = observing();
  for (const { metrics } of (await collect()).scopeMetrics) {
    for (const { descriptor, dataPoints } of metrics) {
      const series = dataPoints.map(({ attributes }) =>
        Object.entries<unknown>(attributes)
          .map(String)
          .toSorted((one, other) => one.localeCompare(other))
          .join(";"),
      );
      expect({ ...descriptor, series }).toEqual({
        ...descriptor,
        unit: expect.stringMatching(/./),
        description: expect.stringMatching(/^[A-Z].*\.$/),
        series: [...new Set(series)],
      });
    }
  }
});

test("concurrent collections read the same file systems", async () => {
  const { points } = observing();
  const limit = "system.filesystem.limit";
  const [one, other] = await Promise.all([points(limit), points(limit)]);
  expect(one.length).toBeGreaterThan(0);
  expect(other).toEqual(one);
});

test("nothing is observed after the removal", async () => {
  const { forget, points } = observing();
  expect(await points("system.memory.limit")).toHaveLength(1);
  forget();
  expect(await points("system.memory.limit")).toEqual([]);
});
