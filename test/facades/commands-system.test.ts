// Figures of the machine from `Commands`, also if the machine reports fewer.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";
import { Commands, type SystemMetrics } from "tachymeter/facades";
import { afterEach, expect, test, vi } from "vitest";

const commands = new Commands();

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  syncBuiltinESMExports();
});

/** Makes reading these files fail or, if there are texts for a file, return one after the other. */
function replaceFiles(files: Readonly<Record<string, readonly string[]>>): void {
  const { readFileSync } = fs;
  const { readFile } = fs.promises;
  const left = new Map(Object.entries(files).map(([path, texts]) => [path, [...texts]]));
  const textsOf = (path: unknown): string[] | undefined =>
    typeof path === "string" ? left.get(path) : undefined;
  vi.spyOn(fs, "readFileSync").mockImplementation((...args) => {
    const texts = textsOf(args[0]);
    return texts === undefined ? Reflect.apply(readFileSync, fs, args) : (texts.shift() ?? fail());
  });
  // Files that were slow before, as on a busy machine, are read in this way.
  vi.spyOn(fs.promises, "readFile").mockImplementation(async (...args) => {
    const texts = textsOf(args[0]);
    return texts === undefined ? Reflect.apply(readFile, fs.promises, args) : (texts.shift() ?? fail());
  });
}

function fail(): never {
  throw new Error("EACCES");
}

/** The system metrics after a second that takes no real time. */
async function told(): Promise<object> {
  syncBuiltinESMExports();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const metrics = commands.getSystemMetrics();
  // The file system has half a second to respond.
  await new Promise((resolve) => void setImmediate(resolve));
  while (vi.getTimerCount() > 1) await new Promise((resolve) => void setImmediate(resolve));
  await vi.advanceTimersByTimeAsync(1_000);
  return metrics;
}

const STAT = ["cpu 100 0 100 700 100 0 0 0 0 0\ncpu0 1", "cpu 125 0 100 750 100 0 0 25 0 0\ncpu0 1"];
const complete: Record<keyof SystemMetrics, unknown> = {
  cpuPercent: 50,
  memoryPercent: expect.any(Number),
  diskUsage: expect.any(Number),
  networkIo: {
    bytesSent: expect.any(Number),
    bytesRecv: expect.any(Number),
    packetsSent: expect.any(Number),
    packetsRecv: expect.any(Number),
    errin: expect.any(Number),
    errout: expect.any(Number),
    dropin: expect.any(Number),
    dropout: expect.any(Number),
  },
};

test("system metrics show the real machine, over a second of CPU time", async () => {
  const { blocks, bfree, bavail } = fs.statfsSync(process.platform === "win32" ? "C:\\" : "/");
  const startedMillis = performance.now();
  let metrics = await commands.getSystemMetrics();
  // A timer may be early by less than a millisecond.
  expect(performance.now() - startedMillis).toBeGreaterThan(998);
  // The file system has half a second to respond, which may pass on a busy machine before it is called.
  for (let tries = 5; metrics.diskUsage === undefined && tries > 0; tries--) {
    metrics = await commands.getSystemMetrics();
  }
  const { cpuPercent, memoryPercent, diskUsage, networkIo } = metrics;
  for (const share of [cpuPercent, memoryPercent, diskUsage]) {
    expect(share).toBeGreaterThanOrEqual(0);
    expect(share).toBeLessThanOrEqual(100);
  }
  const used = blocks - bfree;
  expect(diskUsage).toBeCloseTo((used / (used + bavail)) * 100, 0);
  expect(Object.keys(networkIo)).toHaveLength(process.platform === "linux" ? 8 : 0);
});

test
  .runIf(process.platform === "linux")
  .each<[part: string, prepare: () => void, missing: keyof SystemMetrics | undefined]>([
    ["nothing", () => replaceFiles({ "/proc/stat": STAT }), undefined],
    [
      "the processors",
      () => {
        replaceFiles({ "/proc/stat": [] });
        vi.spyOn(os, "cpus").mockReturnValue([]);
      },
      "cpuPercent",
    ],
    [
      "the memory",
      () => {
        replaceFiles({ "/proc/stat": STAT, "/proc/meminfo": [] });
        vi.spyOn(os, "totalmem").mockImplementation(fail);
      },
      "memoryPercent",
    ],
    [
      "the file system",
      () => {
        replaceFiles({ "/proc/stat": STAT });
        vi.spyOn(fs, "statfs").mockImplementation(fail);
      },
      "diskUsage",
    ],
    ["the network", () => replaceFiles({ "/proc/stat": STAT, "/proc/net/dev": [] }), "networkIo"],
  ])("if %s cannot be read, only that part is missing", async (_part, prepare, missing) => {
  prepare();
  const expected: Partial<typeof complete> = {
    ...complete,
    networkIo: missing === "networkIo" ? {} : complete.networkIo,
  };
  if (missing !== undefined && missing !== "networkIo") delete expected[missing];
  expect(await told()).toStrictEqual(expected);
});

test.runIf(process.platform === "linux")("network counters are the sums of all interfaces", async () => {
  replaceFiles({
    "/proc/stat": STAT,
    "/proc/net/dev": [
      [
        "Inter-|   Receive                                                |  Transmit",
        " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed",
        "    lo:   10       1    0    0    0     0          0         0       10       1    0    0    0     0       0          0",
        "  eth0:  100       2    3    4    0     0          0         0      200       5    6    7    0     0       0          0",
      ].join("\n"),
    ],
  });
  expect(await told()).toMatchObject({
    networkIo: {
      bytesRecv: 110,
      packetsRecv: 3,
      errin: 3,
      dropin: 4,
      bytesSent: 210,
      packetsSent: 6,
      errout: 6,
      dropout: 7,
    },
  });
});
