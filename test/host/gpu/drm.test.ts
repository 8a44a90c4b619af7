import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { diag, DiagLogLevel } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { observeGpus } from "../../../src/host/gpu/gpu-metrics.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { waitMillis } from "../../kit/test-length.ts";

beforeEach((context) => context.skip(process.platform !== "linux", "the files are Linux' own"));
afterEach(() => diag.disable());

const AMD: Readonly<Record<string, string>> = {
  "device/vendor": "0x1002",
  "device/uevent": "DRIVER=amdgpu\nPCI_CLASS=30000\nPCI_ID=1002:687F\nPCI_SLOT_NAME=0000:03:00.0\n",
  "device/power/runtime_status": "active",
  "device/gpu_busy_percent": "37",
  "device/mem_busy_percent": "12",
  "device/mem_info_vram_total": "8573157376",
  "device/mem_info_vram_used": "1228800000",
  "device/pcie_bw": "1200 300 256",
  "device/ras/umc_err_count": "ue: 1\nce: 5\n",
  "device/ras/gfx_err_count": "ue: 0\nce: 2\n",
  "device/hwmon/hwmon4/temp1_input": "51000",
  "device/hwmon/hwmon4/temp1_label": "edge",
  "device/hwmon/hwmon4/temp2_input": "57000",
  "device/hwmon/hwmon4/temp2_label": "junction",
  "device/hwmon/hwmon4/power1_average": "24000000",
  "device/hwmon/hwmon4/power1_cap": "165000000",
  "device/hwmon/hwmon4/freq1_input": "852000000",
  "device/hwmon/hwmon4/freq1_label": "sclk",
};

const INTEL_I915: Readonly<Record<string, string>> = {
  "device/vendor": "0x8086",
  "device/uevent": "DRIVER=i915\nPCI_ID=8086:56A0\nPCI_SLOT_NAME=0000:04:00.0\n",
  "gt/gt0/rps_act_freq_mhz": "2400",
  "gt/gt0/throttle_reason_status": "1",
  "gt/gt0/throttle_reason_pl1": "1",
  "gt/gt0/throttle_reason_thermal": "0",
  "device/hwmon/hwmon2/energy1_input": "123456789",
  "device/hwmon/hwmon2/power1_max": "190000000",
};

const INTEL_XE: Readonly<Record<string, string>> = {
  "device/vendor": "0x8086",
  "device/uevent": "DRIVER=xe\nPCI_ID=8086:E20B\nPCI_SLOT_NAME=0000:05:00.0\n",
  "device/tile0/physical_vram_size_bytes": "0x2fa000000",
  "device/tile0/gt0/freq0/act_freq": "2850",
  "device/tile0/gt0/freq0/throttle/status": "0",
  "device/tile0/gt0/freq0/throttle/reason_pl1": "0",
  "device/tile0/gt1/freq0/act_freq": "1200",
  "device/tile0/gt1/freq0/throttle/reason_pl1": "1",
  "device/hwmon/hwmon3/temp2_input": "48000",
  "device/hwmon/hwmon3/temp2_label": "pkg",
};

function tree(cards: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const folder = newFolder("drm");
  for (const [card, files] of Object.entries(cards)) {
    for (const [path, text] of Object.entries(files)) {
      const file = join(folder, card, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text.endsWith("\n") ? text : `${text}\n`);
    }
  }
  return folder;
}

interface Observed extends Collecting {
  readonly seen: (name: string) => Promise<Record<string, unknown>>;
}

function observing(drmFolder: string, driverFolder = drmFolder): Observed {
  const collecting = collectingProvider();
  const sources = {
    command: "no-such-program",
    drmFolder,
    driverFolder,
    queryMillis: 1_000,
    logMillis: 1_000,
  };
  onTestFinished(observeGpus(collecting.provider, sources));
  const seen: Observed["seen"] = async (name) =>
    Object.fromEntries(
      (await collecting.points(name)).map(({ attributes, value }) => {
        const own = Object.entries(attributes).filter(
          ([key]) => !/^hw\.(?:vendor|name|model|type)$/.test(key),
        );
        return [own.map(([, each]) => String(each)).join(" "), value];
      }),
    );
  return { ...collecting, seen };
}

test("a card of AMD is read from the files of amdgpu", async () => {
  const { seen, points } = observing(tree({ card1: AMD, "card1-DP-1": { status: "connected" } }));
  const id = "0000:03:00.0";
  expect(await seen("hw.gpu.utilization")).toEqual({
    [`${id} general`]: 0.37,
    [`${id} memory_controller`]: 0.12,
  });
  expect(await seen("hw.gpu.memory.usage")).toEqual({ [id]: 1228800000 });
  expect(await seen("hw.gpu.memory.limit")).toEqual({ [id]: 8573157376 });
  expect(await seen("hw.temperature")).toEqual({ [`${id} edge`]: 51, [`${id} junction`]: 57 });
  expect(await seen("hw.power")).toEqual({ [id]: 24 });
  expect(await seen("hw.gpu.power.limit")).toEqual({ [id]: 165 });
  expect(await seen("hw.gpu.clock.frequency")).toEqual({ [`${id} sclk`]: 852e6 });
  expect(await seen("hw.errors")).toEqual({ [`${id} corrected`]: 7, [`${id} uncorrected`]: 1 });
  const [{ attributes } = { attributes: {} }] = await points("hw.power");
  expect(attributes).toMatchObject({ "hw.vendor": "AMD", "hw.name": "card1", "hw.model": "PCI 1002:687F" });
  // The traffic of an earlier second.
  await vi.waitFor(
    async () =>
      expect(await seen("hw.gpu.pcie.throughput")).toEqual({
        [`${id} receive`]: 1200 * 256,
        [`${id} transmit`]: 300 * 256,
      }),
    { timeout: waitMillis },
  );
});

test("cards of Intel are read from the files of i915 and xe", async () => {
  const { seen } = observing(tree({ card0: INTEL_I915, card2: INTEL_XE }));
  expect(await seen("hw.gpu.clock.frequency")).toEqual({
    "0000:04:00.0 gt0": 2400e6,
    "0000:05:00.0 gt0": 2850e6,
    "0000:05:00.0 gt1": 1200e6,
  });
  expect(await seen("hw.gpu.throttled")).toEqual({
    "0000:04:00.0 pl1": 1,
    "0000:04:00.0 thermal": 0,
    "0000:05:00.0 pl1": 1,
  });
  expect(await seen("hw.energy")).toEqual({ "0000:04:00.0": 123.456789 });
  expect(await seen("hw.gpu.power.limit")).toEqual({ "0000:04:00.0": 190 });
  expect(await seen("hw.temperature")).toEqual({ "0000:05:00.0 pkg": 48 });
  expect(await seen("hw.gpu.memory.limit")).toEqual({ "0000:05:00.0": 0x2fa000000 });
});

test("utilization of Intel's cards is the share of time in which the busiest unit did not sleep", async () => {
  const suspended = "device/power/runtime_suspended_time";
  const xe = (gt: number): string => `device/tile0/gt${gt}/gtidle/idle_residency_ms`;
  const folder = tree({
    card0: { ...INTEL_I915, "gt/gt0/rc6_residency_ms": "5000", [suspended]: "70000" },
    card2: { ...INTEL_XE, [xe(0)]: "4294967000", [xe(1)]: "1000" },
  });
  const { seen } = observing(folder);
  const write = (path: string, millis: number): void => writeFileSync(join(folder, path), `${millis}\n`);
  // Writes the files, and returns the times between which the figures were read.
  const readAfter = async (pause: number, change: () => void): Promise<readonly [number, number, object]> => {
    await new Promise((resolve) => setTimeout(resolve, pause));
    change();
    const from = performance.now();
    const figures = await seen("hw.gpu.utilization");
    return [from, performance.now(), figures];
  };
  const [from, to, first] = await readAfter(0, () => undefined);
  expect(first).toEqual({});
  const [laterFrom, laterTo, later] = await readAfter(1_100, () => {
    write("card0/gt/gt0/rc6_residency_ms", 5_300);
    write(`card0/${suspended}`, 70_400);
    write(`card2/${xe(0)}`, 4_294_967_900);
    write(`card2/${xe(1)}`, 1_500);
  });
  const [least, most] = [laterFrom - to, laterTo - from];
  const expectShare = (share: unknown, asleep: number): void => {
    expect(share).toBeGreaterThanOrEqual(1 - asleep / least - 1e-9);
    expect(share).toBeLessThanOrEqual(1 - asleep / most + 1e-9);
  };
  expectShare(new Map(Object.entries(later)).get("0000:04:00.0 general"), 700);
  expectShare(new Map(Object.entries(later)).get("0000:05:00.0 general"), 500);
  // At once: the figures stay, although the files have changed.
  expect((await readAfter(0, () => write(`card2/${xe(1)}`, 1_501)))[2]).toEqual(later);
  // A unit that slept for longer than the clock says has not worked, and a counter that begins anew is left out.
  const [, , last] = await readAfter(1_100, () => {
    write("card0/gt/gt0/rc6_residency_ms", 900_000);
    write(`card2/${xe(0)}`, 3);
    write(`card2/${xe(1)}`, 4);
  });
  expect(last).toEqual({ "0000:04:00.0 general": 0 });
});

test("a card that sleeps is not woken up", async () => {
  const { seen } = observing(tree({ card0: { ...AMD, "device/power/runtime_status": "suspended" } }));
  expect(await seen("hw.gpu.utilization")).toEqual({});
});

test("the PCIe traffic of one card is read at a time, and not at each collection", async () => {
  const names = ["card0", "card1", "card2", "card3", "card4"];
  const { "device/pcie_bw": _, ...amd } = AMD;
  const cards = names.map((name, i) => {
    const uevent = `PCI_SLOT_NAME=0000:0${i}:00.0`;
    return [name, { ...amd, "device/uevent": uevent }] as const;
  });
  const folder = tree(Object.fromEntries(cards));
  // A read of a pipe holds a thread until it is written to.
  const unread = new Set(names.map((name) => join(folder, name, "device/pcie_bw")));
  execFileSync("mkfifo", [...unread]);
  const answer = (): number => {
    const opened = [...unread].flatMap((path) => {
      const file = openForReader(path);
      return file === undefined ? [] : [{ path, file }];
    });
    for (const { path, file } of opened) {
      writeSync(file, "1 1 1\n");
      closeSync(file);
      unread.delete(path);
    }
    return opened.length;
  };
  onTestFinished(() => void answer());
  const { seen } = observing(folder);
  expect(Object.keys(await seen("hw.power"))).toHaveLength(5);
  while (unread.size > 0) {
    let answered = 0;
    await vi.waitFor(() => expect((answered = answer())).not.toBe(0), { timeout: waitMillis, interval: 10 });
    expect(answered).toBe(1);
  }
  await vi.waitFor(async () => expect(Object.keys(await seen("hw.gpu.pcie.throughput"))).toHaveLength(10), {
    timeout: waitMillis,
  });
  for (const name of names) unread.add(join(folder, name, "device/pcie_bw"));
  await seen("hw.power");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(answer()).toBe(0);
});

// Returns a file descriptor of a pipe if a program reads it.
function openForReader(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

test("GPUs of NVIDIA's driver have no metrics but a warning if nvidia-smi is missing", async () => {
  const driver = tree({ gpus: { "0000:81:00.0/information": "Model: NVIDIA RTX A5000" } });
  const warnings = collectWarnings();
  const { collect } = observing(tree({}), driver);
  expect((await collect()).scopeMetrics).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('"no-such-program" was not found')]);
});

test("a machine without a GPU has no instruments, and one message at level debug", async () => {
  const messages: string[] = [];
  const log = (message: string): void => void messages.push(message);
  const logger = { error: log, warn: log, info: log, debug: log, verbose: log };
  diag.setLogger(logger, { logLevel: DiagLogLevel.DEBUG, suppressOverrideMessage: true });
  messages.length = 0;
  const { collect } = observing(tree({}));
  expect(messages).toEqual([expect.stringContaining("there is no GPU")]);
  expect((await collect()).scopeMetrics).toEqual([]);
});
