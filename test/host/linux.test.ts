import { execFileSync } from "node:child_process";
import { totalmem, uptime } from "node:os";
import { readdirSync, readFileSync } from "node:fs";
import { beforeEach, expect, test, vi } from "vitest";
import { observeHost } from "../../src/host/index.ts";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { neededProgram, needs } from "../servers/needs.ts";

beforeEach((context) => context.skip(process.platform !== "linux", "the host is read from Linux itself"));

function observing(): Collecting {
  const collecting = collectingProvider();
  observeHost(collecting.provider);
  return collecting;
}

const MIB = 2 ** 20;

// Other processes change the values between two readings: one of several attempts must agree.
const ELSE_ONCE_MORE = { retry: 20 };

/**
 * Values outside the range between the system's values before the collection and after it, and keys missing on one
 * side.
 */
async function beyond(
  tell: () => Record<string, number>,
  collect: () => Promise<Record<string, number>>,
  slack = 0,
): Promise<string[]> {
  const before = tell();
  const figures = await collect();
  const after = tell();
  return [...new Set([...Object.keys(before), ...Object.keys(figures)])]
    .filter((key) => !(figures[key]! >= before[key]! - slack && figures[key]! <= after[key]! + slack))
    .map((key) => `${key}: ${before[key]} <= ${figures[key]} <= ${after[key]}`);
}

/** The series of a metric by the values of some attributes. */
async function series(
  { points }: Collecting,
  name: string,
  ...keys: string[]
): Promise<Record<string, number>> {
  const all = await points(name);
  return Object.fromEntries(
    all.map(({ attributes, value }) => [keys.map((key) => String(attributes[key])).join(" "), Number(value)]),
  );
}

function lines(path: string): string[][] {
  return readFileSync(path, "utf8")
    .split("\n")
    .map((line) => line.trim().split(/[\s:]+/));
}

test("the time of each CPU agrees with /proc/stat, iowait and steal included", async () => {
  const host = observing();
  const tell = (): Record<string, number> =>
    Object.fromEntries(
      lines("/proc/stat")
        .filter(([name]) => /^cpu\d/.test(name!))
        .flatMap(([name, user, nice, system, idle, iowait, irq, softirq, steal]) =>
          Object.entries({ user, nice, system, idle, iowait, steal })
            .map(([mode, ticks]) => [`${name!.slice(3)} ${mode}`, Number(ticks) / 100])
            .concat([[`${name!.slice(3)} interrupt`, (Number(irq) + Number(softirq)) / 100]]),
        ),
    );
  // Idle and iowait may fall by a tick or two.
  expect(
    await beyond(tell, () => series(host, "system.cpu.time", "cpu.logical_number", "cpu.mode"), 0.05),
  ).toEqual([]);
});

test("the time shares of each CPU, and of all together, add up to 1", async () => {
  const host = observing();
  await vi.waitFor(async () => expect(await host.points("system.cpu.utilization")).not.toEqual([]));
  const sums = new Map<unknown, number>();
  for (const { attributes, value } of await host.points("system.cpu.utilization")) {
    const number = attributes["cpu.logical_number"];
    sums.set(number, (sums.get(number) ?? 0) + Number(value));
  }
  const cores = readdirSync("/sys/devices/system/cpu").filter((name) => /^cpu\d+$/.test(name));
  expect(sums.get(undefined)).toBeCloseTo(1);
  expect(sums.size).toBeGreaterThan(1);
  expect(sums.size).toBeLessThanOrEqual(cores.length + 1);
  for (const sum of sums.values()) expect(sum).toBeCloseTo(1);
});

test("memory and swap agree with free, within 64 MiB", ELSE_ONCE_MORE, async (context) => {
  needs(context, "free");
  const host = observing();
  const output = execFileSync(neededProgram("free"), ["-b", "-w"], {
    encoding: "utf8",
    env: { LC_ALL: "C" },
  });
  const [, memory = [], swap = []] = output.split("\n").map((line) => line.split(/\s+/));
  const [, total, , free, , buffers, cached, available] = memory.map(Number);
  const usage = await series(host, "system.memory.usage", "system.memory.state");
  expect(await host.point("system.memory.limit")).toBe(total);
  expect(Math.abs(usage["free"]! - free!)).toBeLessThan(64 * MIB);
  expect(Math.abs(usage["buffers"]! - buffers!)).toBeLessThan(64 * MIB);
  expect(Math.abs(usage["cached"]! - cached!)).toBeLessThan(64 * MIB);
  expect(Math.abs(usage["used"]! - (total! - available!))).toBeLessThan(64 * MIB);
  const paging = await series(host, "system.paging.usage", "system.paging.state");
  expect(paging["used"]! + paging["free"]!).toBe(Number(swap[1]));
  expect(Math.abs(paging["used"]! - Number(swap[2]))).toBeLessThan(64 * MIB);
});

test("file systems agree with df, within 64 MiB and one percent", ELSE_ONCE_MORE, async (context) => {
  needs(context, "df");
  const host = observing();
  const key = "system.filesystem.mountpoint";
  const limits = await series(host, "system.filesystem.limit", key);
  const usage = await series(host, "system.filesystem.usage", key, "system.filesystem.state");
  const shares = await series(host, "system.filesystem.utilization", key);
  expect(Object.keys(limits)).toContain("/");
  for (const [mountPoint, limit] of Object.entries(limits)) {
    const output = execFileSync(neededProgram("df"), ["-P", "-B1", mountPoint], { encoding: "utf8" });
    const [, total, used, free, percent] = output.trim().split("\n")[1]!.split(/\s+/);
    expect(limit).toBe(Number(total));
    expect(Math.abs(usage[`${mountPoint} used`]! - Number(used))).toBeLessThan(64 * MIB);
    expect(Math.abs(usage[`${mountPoint} free`]! - Number(free))).toBeLessThan(64 * MIB);
    const states = ["used", "free", "reserved"].map((state) => usage[`${mountPoint} ${state}`]!);
    expect(states.reduce((sum, bytes) => sum + bytes)).toBe(limit);
    // It rounds up.
    expect(Math.abs(100 * shares[mountPoint]! - Number.parseInt(percent!, 10))).toBeLessThan(1.5);
  }
});

test("each network interface agrees with /proc/net/dev", async () => {
  const host = observing();
  const column =
    (received: number): (() => Record<string, number>) =>
    () =>
      Object.fromEntries(
        lines("/proc/net/dev")
          .slice(2, -1)
          .flatMap(([name, ...counts]) => [
            [`${name} receive`, Number(counts[received])],
            [`${name} transmit`, Number(counts[received + 8])],
          ]),
      );
  const keys = ["network.interface.name", "network.io.direction"];
  expect(await beyond(column(0), () => series(host, "system.network.io", ...keys))).toEqual([]);
  expect(await beyond(column(1), () => series(host, "system.network.packet.count", ...keys))).toEqual([]);
  expect(await beyond(column(2), () => series(host, "system.network.errors", ...keys))).toEqual([]);
  expect(await beyond(column(3), () => series(host, "system.network.packet.dropped", ...keys))).toEqual([]);
});

test("each disk agrees with its file in /sys", async () => {
  const host = observing();
  const column =
    (read: number, factor: number): (() => Record<string, number>) =>
    () =>
      Object.fromEntries(
        readdirSync("/sys/block")
          .filter((device) => !/^(?:loop|ram|zram)/.test(device))
          .flatMap((device) => {
            const counts = lines(`/sys/block/${device}/stat`)[0]!.map(Number);
            return [
              [`${device} read`, counts[read]! * factor],
              [`${device} write`, counts[read + 4]! * factor],
            ];
          }),
      );
  const keys = ["system.device.name", "disk.io.direction"];
  expect(await beyond(column(0, 1), () => series(host, "system.disk.operations", ...keys))).toEqual([]);
  expect(await beyond(column(1, 1), () => series(host, "system.disk.merged", ...keys))).toEqual([]);
  expect(await beyond(column(2, 512), () => series(host, "system.disk.io", ...keys))).toEqual([]);
  expect(
    await beyond(column(3, 0.001), () => series(host, "system.disk.operation_time", ...keys), 1e-6),
  ).toEqual([]);
});

test("the kernel's caches, the number of processes and the sizes of disks agree with /proc and /sys", async () => {
  const host = observing();
  const of = (path: string, label: string): number =>
    Number(new RegExp(`^${label}\\s*(\\d+)`, "m").exec(readFileSync(path, "utf8"))![1]);
  const slab = await series(host, "system.memory.linux.slab.usage", "system.memory.linux.slab.state");
  const kib = slab["reclaimable"]! / 1024 + slab["unreclaimable"]! / 1024;
  expect(Math.abs(kib - of("/proc/meminfo", "Slab:"))).toBeLessThan(64 * 1024);
  expect(
    await beyond(
      () => ({ created: of("/proc/stat", "processes") }),
      async () => ({ created: Number(await host.point("system.process.created")) }),
    ),
  ).toEqual([]);
  expect(Number(await host.point("system.process.limit"))).toBeLessThanOrEqual(
    of("/proc/sys/kernel/pid_max", ""),
  );
  for (const [device, bytes] of Object.entries(await series(host, "system.disk.limit", "system.device.name")))
    expect(bytes).toBe(512 * of(`/sys/block/${device}/size`, ""));
});

test("paging agrees with /proc/vmstat", async () => {
  const host = observing();
  const tell = (): Record<string, number> => {
    const counts = new Map(lines("/proc/vmstat").map(([name, count]) => [name, Number(count)]));
    const major = counts.get("pgmajfault")!;
    return { major, minor: counts.get("pgfault")! - major };
  };
  expect(await beyond(tell, () => series(host, "system.paging.faults", "system.paging.fault.type"))).toEqual(
    [],
  );
});

test("the process agrees with Node.js and /proc/self", ELSE_ONCE_MORE, async () => {
  const host = observing();
  const one = async (name: string): Promise<Record<string, number>> => ({
    [name]: Number(await host.point(name)),
  });
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const time = await series(host, "process.cpu.time", "cpu.mode");
  expect(time["user"]).toBeGreaterThanOrEqual(userCPUTime / 1e6);
  expect(time["system"]).toBeGreaterThanOrEqual(systemCPUTime / 1e6);
  expect(time["user"]! + time["system"]!).toBeLessThan((userCPUTime + systemCPUTime) / 1e6 + 10);
  expect(
    await beyond(
      () => ({ "process.uptime": process.uptime() }),
      () => one("process.uptime"),
    ),
  ).toEqual([]);
  expect(
    await beyond(
      () => ({ "process.memory.usage": process.memoryUsage.rss() }),
      () => one("process.memory.usage"),
      32 * MIB,
    ),
  ).toEqual([]);
  expect(
    await beyond(
      () => ({ "process.thread.count": readdirSync("/proc/self/task").length }),
      () => one("process.thread.count"),
      4,
    ),
  ).toEqual([]);
  expect(
    await beyond(
      () => ({ "process.unix.file_descriptor.count": readdirSync("/proc/self/fd").length - 1 }),
      () => one("process.unix.file_descriptor.count"),
      4,
    ),
  ).toEqual([]);
  const io = (): Record<string, number> => {
    const counts = new Map(lines("/proc/self/io").map(([name, count]) => [name, Number(count)]));
    return { read: counts.get("syscr")!, write: counts.get("syscw")! };
  };
  expect(await beyond(io, () => series(host, "process.disk.operations", "disk.io.direction"), 100)).toEqual(
    [],
  );
  expect(Object.keys(await series(host, "process.disk.io", "disk.io.direction"))).toEqual(["read", "write"]);
  const share = Number(await host.point("process.memory.utilization"));
  expect(Math.abs(share * totalmem() - process.memoryUsage.rss())).toBeLessThan(32 * MIB);
  expect(await host.point("process.signals_pending")).toBe(0);
  const limit = Number(/^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))![1]);
  expect(await host.point("process.unix.file_descriptor.limit")).toBe(limit);
  expect(
    await beyond(
      () => {
        const used = process.resourceUsage();
        return { voluntary: used.voluntaryContextSwitches, involuntary: used.involuntaryContextSwitches };
      },
      () => series(host, "process.context_switches", "process.context_switch.type"),
    ),
  ).toEqual([]);
});

test("the time of the machine's start moves with the clock", async () => {
  const host = observing();
  const startOf = async (): Promise<number> => Number(await host.point("system.boot.time"));
  const start = await startOf();
  expect(start).toBeGreaterThan(Date.now() / 1_000 - uptime() - 10);
  expect(start).toBeLessThanOrEqual(Date.now() / 1_000 - Math.floor(uptime()));
  const now = Date.now;
  vi.spyOn(Date, "now").mockImplementation(() => now() + 3_600_000);
  expect((await startOf()) - start).toBeGreaterThan(3_590);
  vi.restoreAllMocks();
});

test("a machine that was suspended has the same start, and its clock was not set", async () => {
  const host = observing();
  const start = Number(await host.point("system.boot.time"));
  // The monotonic clock stands still meanwhile; the time and the uptime go on.
  const monotonic = process.hrtime;
  vi.spyOn(process, "hrtime").mockImplementation(
    Object.assign(
      () => {
        const [seconds, nanoseconds] = monotonic();
        return [seconds - 600, nanoseconds] as [number, number];
      },
      { bigint: () => monotonic.bigint() },
    ),
  );
  expect(Number(await host.point("system.boot.time"))).toBeCloseTo(start, 0);
  expect(await host.point("system.clock.change")).toBe(0);
  vi.restoreAllMocks();
});

test("changes of the clock are added up, forward and back", async () => {
  const host = observing();
  const change = async (): Promise<number> => Number(await host.point("system.clock.change"));
  expect(await change()).toBe(0);
  const now = Date.now;
  // Half a second is not a jump.
  vi.spyOn(Date, "now").mockImplementation(() => now() + 500);
  expect(await change()).toBe(0);
  vi.spyOn(Date, "now").mockImplementation(() => now() - 3_600_000);
  expect(await change()).toBeCloseTo(3_600.5, 0);
  vi.restoreAllMocks();
  expect(await change()).toBeCloseTo(7_200.5, 0);
});
