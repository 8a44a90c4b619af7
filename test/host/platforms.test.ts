import type { ResourceMetrics } from "tachymeter/metrics";
import { afterEach, beforeEach, expect, test } from "vitest";
import { observeHost } from "../../src/host/index.ts";
import { type Collecting, collectingProvider } from "../collecting.ts";

const { platform } = process;

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

test("on Linux no metric is told by upstream's host metrics too", async () => {
  const { collect } = observing();
  const scopes = scopesByName(await collect());
  expect(scopes.get("system.cpu.time")).toEqual(["tachymeter.host"]);
  for (const [name, [...tellers]] of scopes) expect([name, tellers]).toEqual([name, ["tachymeter.host"]]);
});

test("elsewhere upstream's host metrics tell all", async () => {
  pretendPlatform("darwin");
  const { collect } = observing();
  const scopes = scopesByName(await collect());
  expect([...scopes.keys()].toSorted()).toEqual([
    "process.cpu.time",
    "process.cpu.utilization",
    "process.memory.usage",
    "system.cpu.time",
    "system.cpu.utilization",
    "system.memory.usage",
    "system.memory.utilization",
  ]);
  for (const tellers of scopes.values()) expect(tellers).toEqual(["@opentelemetry/host-metrics"]);
});

test("no series is there twice, and every metric has a unit and a description", async () => {
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

test("collections at the same time see the same file systems", async () => {
  const { points } = observing();
  const limit = "system.filesystem.limit";
  const [one, other] = await Promise.all([points(limit), points(limit)]);
  expect(one.length).toBeGreaterThan(0);
  expect(other).toEqual(one);
});

test("what is forgotten is observed no more", async () => {
  const { forget, points } = observing();
  expect(await points("system.memory.limit")).toHaveLength(1);
  forget();
  expect(await points("system.memory.limit")).toEqual([]);
});
