import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Attributes } from "@opentelemetry/api";
import { diag } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { observeGpus } from "../../../src/host/gpu/gpu-metrics.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { waitMillis } from "../../kit/test-length.ts";
import { type FakeNvidiaSmi, fakeNvidiaSmi, type Plan } from "./fake-nvidia-smi.ts";
import { H100, H200_MIG, LOG, OLD_DRIVER, RTX_2080 } from "./recorded.ts";

beforeEach((context) => context.skip(process.platform === "win32", "the program is a script with #!"));
afterEach(() => {
  diag.disable();
  vi.unstubAllEnvs();
});

const MIB = 2 ** 20;
// A row may be late by three times as much on a busy machine.
const QUERY_MILLIS = 400;
// The first row, which comes at once, stays for the whole test.
const ONCE = 60_000;

interface Observed extends Collecting {
  readonly program: FakeNvidiaSmi;
  readonly stop: () => void;
  /** Values of a metric, by the attributes that do not identify the GPU. */
  readonly seen: (name: string, id?: string) => Promise<Record<string, unknown>>;
}

function observing(plan: Plan, queryMillis = QUERY_MILLIS): Observed {
  const program = fakeNvidiaSmi(plan);
  const collecting = collectingProvider();
  const stop = observeGpus(collecting.provider, {
    command: program.command,
    drmFolder: program.folder,
    driverFolder: program.folder,
    queryMillis,
    logMillis: queryMillis,
  });
  onTestFinished(stop);
  const seen: Observed["seen"] = async (name, id) => {
    const points = await collecting.points(name);
    return Object.fromEntries(
      points
        .filter(({ attributes }) => id === undefined || attributes["hw.id"] === id)
        .map(({ attributes, value }) => [ownKey(attributes), value]),
    );
  };
  return { ...collecting, program, stop, seen };
}

function ownKey(attributes: Attributes): string {
  return Object.entries(attributes)
    .filter(([key]) => !/^hw\.(?:id|vendor|name|model|driver_version|type)$/.test(key))
    .map(([, value]) => String(value))
    .join(" ");
}

function soon(check: () => Promise<void> | void): Promise<void> {
  return vi.waitFor(check, { timeout: waitMillis, interval: 20 });
}

test("figures of a GPU carry its identity, and the conventions' units", async () => {
  const { seen, points, collect } = observing({ gpus: [RTX_2080] }, ONCE);
  await soon(async () => expect(await points("hw.gpu.memory.usage")).not.toEqual([]));
  expect(await points("hw.gpu.memory.usage")).toEqual([
    {
      attributes: {
        "hw.id": RTX_2080["uuid"],
        "hw.vendor": "NVIDIA",
        "hw.name": "nvidia0",
        "hw.model": "NVIDIA GeForce RTX 2080 SUPER",
        "hw.driver_version": "595.71.05",
      },
      value: 819 * MIB,
    },
  ]);
  expect(await seen("hw.gpu.memory.limit")).toEqual({ "": 8192 * MIB });
  expect(await seen("hw.gpu.memory.utilization")).toEqual({ "": 819 / 8192 });
  expect(await seen("hw.gpu.utilization")).toEqual({
    general: 0.08,
    encoder: 1,
    decoder: 0,
    memory_controller: 0.03,
  });
  expect(await seen("hw.temperature")).toEqual({ gpu: 45 });
  expect(await seen("hw.power")).toEqual({ "": 98.55 });
  expect(await seen("hw.gpu.power.limit")).toEqual({ "": 250 });
  expect(await seen("hw.gpu.throttled.time")).toMatchObject({ sw_power_cap: 221.310321, sync_boost: 0 });
  expect(await seen("hw.errors")).toEqual({});
  const units = (await collect()).scopeMetrics.flatMap(({ metrics }) =>
    metrics.map(({ descriptor }) => `${descriptor.name} ${descriptor.unit}`),
  );
  expect(units).toEqual(
    expect.arrayContaining(["hw.temperature Cel", "hw.power W", "hw.gpu.clock.frequency Hz"]),
  );
});

test("a GPU divided into instances has figures of each, and none of its utilization", async () => {
  const id = H200_MIG["uuid"]!;
  const { seen, points } = observing({ gpus: [H200_MIG, RTX_2080], log: LOG }, ONCE);
  // The last figures of a log.
  await soon(async () => expect(await seen("hw.gpu.pcie.throughput", RTX_2080["uuid"])).not.toEqual({}));
  expect(await points("hw.gpu.mig.memory.usage")).toHaveLength(1);
  const [instance] = await points("hw.gpu.mig.memory.usage");
  expect(instance?.attributes).toMatchObject({ "hw.id": `MIG-${id}/3/0`, "hw.parent": id });
  expect(instance?.value).toBe(12 * MIB);
  expect(await seen("hw.gpu.mig.memory.limit")).toEqual({ [id]: 19968 * MIB });
  expect(await seen("hw.gpu.utilization", id)).toEqual({});
  expect(await seen("hw.gpu.clock.frequency", id)).toEqual({
    graphics: 345e6,
    sm: 345e6,
    memory: 3201e6,
    video: 765e6,
  });
  expect(await seen("hw.errors", id)).toEqual({ corrected: 0, uncorrected: 0 });
  expect(await seen("hw.gpu.pcie.throughput", id)).toEqual({ receive: 0, transmit: 4000 * 1024 });
  expect(await seen("hw.gpu.pcie.throughput", RTX_2080["uuid"])).toEqual({ receive: 439 * 1024 });
  expect(await seen("hw.gpu.throttled", id)).toMatchObject({ gpu_idle: 1, sw_power_cap: 0 });
});

test("a GPU at its limit of power is reported as such, and its log is read whole", async () => {
  const log = readFileSync(join(import.meta.dirname, "h100-log.xml"), "utf8");
  const { seen } = observing({ gpus: [H100], log }, ONCE);
  await soon(async () =>
    expect(await seen("hw.gpu.process.memory.usage")).toEqual({
      "623 python3": 7686 * MIB,
      "624 python3": 4202 * MIB,
    }),
  );
  expect(await seen("hw.gpu.pcie.throughput")).toEqual({ receive: 20401 * 1024, transmit: 9629 * 1024 });
  expect(await seen("hw.gpu.mig.memory.usage")).toEqual({});
  expect(await seen("hw.gpu.utilization")).toMatchObject({ general: 0.99, memory_controller: 0.34 });
  expect(await seen("hw.power")).toEqual({ "": 699.61 });
  expect(await seen("hw.gpu.throttled")).toMatchObject({ gpu_idle: 0, sw_power_cap: 1 });
  expect((await seen("hw.gpu.throttled.time"))["sw_power_cap"]).toBeCloseTo(16.048522, 9);
  expect(await seen("hw.status")).toEqual({ ok: 1, degraded: 0, failed: 0 });
});

test("memory of processes has the program's file name, never its arguments", async () => {
  const { seen } = observing({ gpus: [RTX_2080], log: LOG });
  await soon(async () =>
    expect(await seen("hw.gpu.process.memory.usage")).toEqual({
      "5267 ffmpeg": 230 * MIB,
      "4584 shop.exe": 3 * MIB,
    }),
  );
});

test("fields that an old driver refuses are left out, at once", async () => {
  const { seen, program } = observing({ gpus: [OLD_DRIVER] });
  await soon(async () => expect(await seen("hw.gpu.memory.usage")).toEqual({ "": 7 * MIB }));
  expect(await seen("hw.gpu.throttled")).toMatchObject({
    sw_power_cap: 1,
    sw_thermal_slowdown: 1,
    gpu_idle: 0,
  });
  expect(await seen("hw.gpu.utilization")).toEqual({});
  expect(await seen("hw.power")).toEqual({});
  expect(await seen("hw.temperature")).toEqual({ gpu: 33 });
  // Refused: encoder, decoder, temperature.memory, the reasons by their new name, two groups, gpu_recovery_action. On a
  // busy machine a program may be started once more for its silence.
  const queries = new Set(program.queries().map(({ arguments: [fields] }) => fields));
  expect(queries.size).toBe(8);
});

test("a lost GPU has failed, and a throttled one is degraded", async () => {
  const lost = Object.fromEntries(
    Object.entries(RTX_2080).map(([field, value]) => [field, field === "index" ? value : "[GPU is lost]"]),
  );
  const { seen, program, points } = observing({
    gpus: [{ ...RTX_2080, "clocks_event_reasons.active": "0x0000000000000048" }],
  });
  await soon(async () => expect(await seen("hw.status")).toEqual({ ok: 0, degraded: 1, failed: 0 }));
  program.change({ gpus: [lost] });
  await soon(async () => expect(await seen("hw.status")).toEqual({ ok: 0, degraded: 0, failed: 1 }));
  const [{ attributes } = { attributes: {} }] = await points("hw.status");
  expect(attributes).toMatchObject({ "hw.id": RTX_2080["uuid"], "hw.type": "gpu" });
  expect(await seen("hw.gpu.memory.usage")).toEqual({});
});

test("rows in two parts are put together", async () => {
  const { seen } = observing({ gpus: [RTX_2080], does: "half" });
  await soon(async () => expect(await seen("hw.gpu.memory.usage")).toEqual({ "": 819 * MIB }));
});

test("garbage has no effect", async () => {
  const { seen, collect, program } = observing({ gpus: [RTX_2080], does: "garbage" }, 150);
  await soon(() => expect(program.turns("garbage")).toBeGreaterThan(2));
  expect(await seen("hw.gpu.memory.usage")).toEqual({});
  expect((await collect()).scopeMetrics.flatMap(({ metrics }) => metrics)).toEqual([]);
  program.change({ gpus: [RTX_2080] });
  await soon(async () => expect(await seen("hw.gpu.memory.usage")).toEqual({ "": 819 * MIB }));
});

test("the figures of a program that hangs go away after three intervals, and it is started again", async () => {
  const warnings = collectWarnings();
  const { seen, program } = observing({ gpus: [RTX_2080] }, 200);
  await soon(async () => expect(await seen("hw.gpu.memory.usage")).not.toEqual({}));
  program.change({ gpus: [RTX_2080], does: "hang" });
  await soon(async () => expect(await seen("hw.gpu.memory.usage")).toEqual({}));
  await soon(() => expect(program.starts().length).toBeGreaterThan(2));
  program.change({ gpus: [RTX_2080] });
  await soon(async () => expect(await seen("hw.gpu.memory.usage")).not.toEqual({}));
  const [hung] = program.queries();
  await soon(() => expect(() => process.kill(hung!.pid, 0)).toThrow("ESRCH"));
  expect(warnings[0]).toMatch(/no output for [\d.]+ s/);
});

test("a program that writes in bursts is started by stdbuf", async (context) => {
  context.skip(process.platform !== "linux", "stdbuf belongs to coreutils");
  const { seen, program } = observing({ gpus: [RTX_2080], does: "bursts" }, 150);
  await soon(() => expect(program.queries().at(-1)?.environment["_STDBUF_O"]).toBe("L"));
  await soon(async () => expect(await seen("hw.gpu.memory.usage")).toEqual({ "": 819 * MIB }));
});

test("a program is not killed because this process was blocked", async () => {
  const { seen, program } = observing({ gpus: [RTX_2080] });
  await soon(async () => expect(await seen("hw.gpu.memory.usage")).toEqual({ "": 819 * MIB }));
  const [{ pid } = { pid: 0 }] = program.queries().slice(-1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3.5 * QUERY_MILLIS);
  program.change({ gpus: [{ ...RTX_2080, "memory.used": "900" }] });
  await soon(async () => expect(await seen("hw.gpu.memory.usage")).toEqual({ "": 900 * MIB }));
  expect(program.queries().at(-1)?.pid).toBe(pid);
});

test("a program without a driver is started again, and its message logged once", async () => {
  const warnings = collectWarnings();
  const { seen, program } = observing({ does: "failed" });
  await soon(() => expect(program.starts().length).toBeGreaterThan(3));
  program.change({ gpus: [RTX_2080] });
  await soon(async () => expect(await seen("hw.gpu.memory.usage")).not.toEqual({}));
  expect(warnings[0]).toContain("exit code 9");
  expect(warnings[0]).toContain("couldn't communicate with the NVIDIA driver");
  expect(warnings.filter((each) => each.includes("exit code 9"))).toHaveLength(1);
});

test("a program that floods is killed", async () => {
  const warnings = collectWarnings();
  const { program, seen } = observing({ gpus: [RTX_2080], does: "flood" }, 2_000);
  await soon(() => expect(warnings.join()).toContain("too much output"));
  const [flooding] = program.queries();
  await soon(() => expect(() => process.kill(flooding!.pid, 0)).toThrow("ESRCH"));
  expect(await seen("hw.gpu.memory.usage")).toEqual({});
});

test("a program that ends after each row is not started all the time", async () => {
  const { program } = observing({ gpus: [RTX_2080], does: "once" });
  await soon(() => expect(program.queries().length).toBeGreaterThan(1));
  const count = program.starts().length;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(program.starts().length).toBeLessThan(count + 12);
});

test("the environment of the program has no secrets and no options of Node.js", async () => {
  vi.stubEnv("DATABASE_PASSWORD", "secret");
  vi.stubEnv("NODE_OPTIONS", "--no-warnings");
  const { program } = observing({ gpus: [RTX_2080] });
  await soon(() => expect(program.starts()).not.toEqual([]));
  const environment = program.starts()[0]?.environment;
  expect(environment).toMatchObject({ PATH: process.env["PATH"], LC_ALL: "C" });
  expect(environment).not.toHaveProperty("DATABASE_PASSWORD");
  expect(environment).not.toHaveProperty("NODE_OPTIONS");
});

test("stopping ends the programs and the series", async () => {
  const { seen, program, stop } = observing({ gpus: [RTX_2080] }, 200);
  await soon(async () => expect(await seen("hw.gpu.memory.usage")).not.toEqual({}));
  await soon(() => expect(program.starts().length).toBeGreaterThan(1));
  stop();
  expect(await seen("hw.gpu.memory.usage")).toEqual({});
  for (const { pid } of program.starts())
    await soon(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"));
  const count = program.starts().length;
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(program.starts()).toHaveLength(count);
});
