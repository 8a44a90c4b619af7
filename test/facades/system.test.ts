import { execFileSync } from "node:child_process";
import { totalmem } from "node:os";
import { start } from "tachymeter";
import { FacadeOptionsError, getSystemCollector, type PerformanceMetric, System } from "tachymeter/facades";
import { createTestTelemetry } from "tachymeter/testing";
import { afterEach, expect, test, vi } from "vitest";
import { collectingProvider } from "../kit/collecting.ts";
import { neededProgram, needs } from "../servers/needs.ts";

const { platform } = process;
const MIB = 2 ** 20;

afterEach(() => {
  pretendPlatform(platform);
  vi.useRealTimers();
});

function pretendPlatform(name: string): void {
  Object.defineProperty(process, "platform", { value: name });
}

function valueOf(metrics: readonly PerformanceMetric[], name: string, tags: object = {}): number | undefined {
  return metrics.find((metric) => {
    const { tags: own } = metric;
    return metric.name === name && Object.entries(tags).every(([key, value]) => own[key] === value);
  })?.value;
}

function namesOf(metrics: readonly PerformanceMetric[]): string[] {
  return [...new Set(metrics.map(({ name }) => name))];
}

test("CPUs are returned all together first, then one by one, in percent", async () => {
  const metrics = await new System().collectCpuMetrics();
  expect(metrics[0]).toEqual({
    name: "cpu_usage_percent",
    value: expect.any(Number),
    unit: "%",
    timestamp: expect.closeTo(Date.now() / 1000, -1),
    tags: { core: "overall" },
    source: "system",
  });
  expect(valueOf(metrics, "cpu_usage_percent", { core: "0" })).toBeDefined();
  expect(metrics.map(({ unit, value }) => unit === "%" && !(value >= 0 && value <= 100))).not.toContain(true);
});

test("on Linux iowait, steal and load are returned too", async (context) => {
  context.skip(platform !== "linux", "Node.js has neither iowait nor steal");
  expect(namesOf(await new System().collectCpuMetrics())).toEqual([
    "cpu_usage_percent",
    "cpu_iowait_percent",
    "cpu_steal_percent",
    "load_average_1m",
    "load_average_5m",
    "load_average_15m",
  ]);
});

test("concurrent and successive calls all return the CPUs", async () => {
  const system = new System();
  const both = await Promise.all([system.collectCpuMetrics(), system.collectCpuMetrics()]);
  for (const metrics of [...both, await system.collectCpuMetrics()]) {
    expect(valueOf(metrics, "cpu_usage_percent", { core: "overall" })).toBeDefined();
  }
});

// Other processes change the values between two readings: one of several attempts must agree.
const ELSE_ONCE_MORE = { retry: 20 };

test("memory agrees with free, within 64 MiB", ELSE_ONCE_MORE, async (context) => {
  needs(context, "free");
  const metrics = await new System().collectMemoryMetrics();
  const output = execFileSync(neededProgram("free"), ["-b"], { encoding: "utf8", env: { LC_ALL: "C" } });
  const [, memory = [], swap = []] = output.split("\n").map((line) => line.split(/\s+/).map(Number));
  const total = memory[1]!;
  const available = memory[6]!;
  expect(valueOf(metrics, "memory_total_bytes")).toBe(total);
  expect(Math.abs(valueOf(metrics, "memory_available_bytes")! - available)).toBeLessThan(64 * MIB);
  expect(Math.abs(valueOf(metrics, "memory_used_bytes")! - (total - available))).toBeLessThan(64 * MIB);
  expect(valueOf(metrics, "memory_usage_percent")).toBeCloseTo((100 * (total - available)) / total, -1);
  expect(valueOf(metrics, "swap_total_bytes")).toBe(swap[1]);
});

test("the root file system agrees with df, within 64 MiB", ELSE_ONCE_MORE, async (context) => {
  needs(context, "df");
  const metrics = await new System().collectDiskMetrics();
  const output = execFileSync(neededProgram("df"), ["-P", "-B1", "/"], { encoding: "utf8" });
  const [, total, used, free, percent] = output.trim().split("\n")[1]!.split(/\s+/);
  const root = { mountpoint: "/" };
  expect(valueOf(metrics, "disk_total_bytes", root)).toBe(Number(total));
  expect(Math.abs(valueOf(metrics, "disk_used_bytes", root)! - Number(used))).toBeLessThan(64 * MIB);
  expect(Math.abs(valueOf(metrics, "disk_free_bytes", root)! - Number(free))).toBeLessThan(64 * MIB);
  expect(valueOf(metrics, "disk_usage_percent", root)).toBeGreaterThan(Number.parseInt(percent!, 10) - 1.5);
  expect(valueOf(metrics, "disk_usage_percent", root)).toBeLessThan(Number.parseInt(percent!, 10) + 0.5);
});

test("on Linux each network interface is returned", async (context) => {
  context.skip(platform !== "linux", "Node.js has no counters of network interfaces");
  const metrics = await new System().collectNetworkMetrics();
  expect(namesOf(metrics)).toEqual([
    "network_sent_bytes",
    "network_received_bytes",
    "network_packets_sent",
    "network_packets_received",
    "network_errors_out",
    "network_errors_in",
    "network_dropped_out",
    "network_dropped_in",
  ]);
  expect(valueOf(metrics, "network_sent_bytes", { interface: "lo" })).toBeGreaterThanOrEqual(0);
});

test("collecting all returns CPUs, memory, disks and network", async () => {
  const system = new System();
  const all = namesOf(await system.collectAllSystemMetrics());
  expect(all).toEqual(
    namesOf([
      ...(await system.collectCpuMetrics()),
      ...(await system.collectMemoryMetrics()),
      ...(await system.collectDiskMetrics()),
      ...(await system.collectNetworkMetrics()),
    ]),
  );
});

test("outside of Linux the figures of Node.js are returned, and nothing fails", async () => {
  pretendPlatform("darwin");
  const metrics = await new System().collectAllSystemMetrics();
  expect(namesOf(metrics)).toEqual([
    "cpu_usage_percent",
    "load_average_1m",
    "load_average_5m",
    "load_average_15m",
    "memory_total_bytes",
    "memory_available_bytes",
    "memory_used_bytes",
    "memory_free_bytes",
    "memory_usage_percent",
    "disk_total_bytes",
    "disk_used_bytes",
    "disk_free_bytes",
    "disk_usage_percent",
  ]);
  expect(valueOf(metrics, "memory_total_bytes")).toBe(totalmem());
  expect(valueOf(metrics, "disk_total_bytes", { mountpoint: "/" })).toBeGreaterThan(0);
});

test("Windows has no load averages", async () => {
  pretendPlatform("win32");
  expect(namesOf(await new System().collectCpuMetrics())).toEqual(["cpu_usage_percent"]);
});

/** Number of times memory was collected into the buffer since it was last drained. */
function collections(system: System): number {
  return system.getCollectedMetrics().filter(({ name }) => name === "memory_total_bytes").length;
}

test("continuous collection collects at once and at each interval, until it is stopped", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const system = getSystemCollector(10);
  system.startContinuousCollection();
  system.startContinuousCollection();
  let seen = 0;
  const comes = (count: number): Promise<void> =>
    vi.waitFor(() => expect((seen += collections(system))).toBe(count));
  await comes(1);
  vi.advanceTimersByTime(10_000);
  await comes(2);
  vi.advanceTimersByTime(10_000);
  await comes(3);
  await system.stopContinuousCollection();
  vi.advanceTimersByTime(60_000);
  expect(vi.getTimerCount()).toBe(0);
  expect(collections(system)).toBe(0);
  system.startContinuousCollection();
  await comes(4);
  await system.stopContinuousCollection();
});

test("stopping waits only for the running collection, and keeps its results", async () => {
  const system = new System();
  system.startContinuousCollection();
  await system.stopContinuousCollection();
  const metrics = system.getCollectedMetrics();
  expect(valueOf(metrics, "memory_total_bytes")).toBeDefined();
  expect(system.getCollectedMetrics()).toEqual([]);
  expect(system.getLeftOutCounts()).toEqual({});
});

test("a single collection leaves the buffer unchanged", async () => {
  const system = new System();
  await system.collectAllSystemMetrics();
  expect(system.getCollectedMetrics()).toEqual([]);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 3_000_000, "60"])(
  "an interval of %j is refused",
  (interval) => {
    const given: object = { collectionInterval: interval };
    expect(() => new System(given)).toThrow(FacadeOptionsError);
    expect(() => new System(given)).toThrow(
      /^system: collectionInterval must be a number of seconds above 0/,
    );
  },
);

test("no instruments are created", async () => {
  const { provider, collect } = collectingProvider();
  await new System({ meterProvider: provider }).collectAllSystemMetrics();
  expect((await collect()).scopeMetrics).toEqual([]);
});

test("the running Tachymeter has one, which is stopped by its shutdown", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const tachymeter = start({ readers: [], host: false, runtime: false });
  const { system } = tachymeter;
  system.startContinuousCollection();
  await tachymeter.shutdown();
  expect(vi.getTimerCount()).toBe(0);
  await vi.waitFor(() => expect(collections(system)).toBe(1));
});

test("the test kit has one too", async () => {
  await using telemetry = createTestTelemetry();
  expect(await telemetry.system.collectMemoryMetrics()).not.toEqual([]);
});
