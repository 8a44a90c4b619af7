import { metrics } from "@opentelemetry/api";
import { Kernels } from "tachymeter/facades";
import { AggregationTemporality } from "tachymeter/metrics";
import { createTestTelemetry } from "tachymeter/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KernelRecord } from "../../src/facades/kernels/record.ts";
import { collectingProvider } from "../kit/collecting.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
  metrics.disable();
});

const a = { "kernel.id": "a" };

test("every metric of the catalogue is exported with its unit, its description and its value", async () => {
  const { kernels, collect } = createTestTelemetry();
  kernels.launch("a");
  kernels.activate("a");
  kernels.recordReceive("a");
  kernels.recordReceive("a");
  kernels.recordProcessed("a");
  kernels.recordSend("a");
  kernels.recordError("a", new RangeError("x"));
  vi.advanceTimersByTime(4_000);

  const exported = (await collect()).filter(({ scope }) => scope === "tachymeter.kernels");
  expect(
    exported.map(({ name, unit, kind, series }) => [
      name,
      unit,
      kind,
      series.map(({ value }) => value),
      series.map(({ attributes }) => attributes),
    ]),
  ).toEqual([
    ["kernel.messages.received", "{message}", "counter", [2], [a]],
    ["kernel.messages.sent", "{message}", "counter", [1], [a]],
    ["kernel.messages.processed", "{message}", "counter", [2], [a]],
    ["kernel.errors", "{error}", "counter", [1], [{ ...a, "error.type": "RangeError" }]],
    ["kernel.uptime", "s", "gauge", [4], [a]],
    ["kernel.throughput", "{message}/s", "gauge", [0.5], [a]],
    ["kernel.error_rate", "", "gauge", [1 / 3], [a]],
    ["kernel.state", "", "gauge", [2], [a]],
    ["kernel.start.time", "s", "gauge", [1_700_000_000], [a]],
    ["kernel.last_message.time", "s", "gauge", [1_700_000_000], [a]],
  ]);
  expect(exported.every(({ description }) => description.length > 0)).toBe(true);
});

test("times are exported only once they are known", async () => {
  const { kernels, value } = createTestTelemetry();
  kernels.activate("a");
  expect(await value("kernel.uptime", a)).toBe(0);
  expect(await value("kernel.start.time")).toBeUndefined();
  expect(await value("kernel.last_message.time")).toBeUndefined();
});

test("a reset, a relaunch and a removal never make an exported counter fall", async () => {
  const collecting = collectingProvider();
  const kernels = new Kernels({ meterProvider: collecting.provider });
  const processed = (): Promise<unknown> => collecting.point("kernel.messages.processed", a);
  const process = (): void => {
    kernels.recordReceive("a");
    kernels.recordProcessed("a");
  };
  kernels.launch("a");
  process();
  kernels.reset("a");
  expect(await processed()).toBe(1);
  process();
  kernels.terminate("a");
  kernels.launch("a");
  expect(await processed()).toBe(2);
  process();
  kernels.terminate("a");
  kernels.reset("a");
  expect(await processed()).toBe(3);
  kernels.launch("a");
  process();
  expect(await processed()).toBe(4);
  expect(kernels.getTelemetry("a")).toMatchObject({ messagesProcessed: 1 });
});

test("a message received before a reset and processed after it is in the exported counter, not in the getter", async () => {
  const collecting = collectingProvider();
  const kernels = new Kernels({ meterProvider: collecting.provider });
  kernels.recordReceive("a");
  kernels.reset("a");
  kernels.recordProcessed("a");
  expect(await collecting.point("kernel.messages.processed", a)).toBe(1);
  expect(kernels.getTelemetry("a")).toMatchObject({ messagesReceived: 0, messagesProcessed: 0 });
});

test("series of a terminated kernel are exported for 5 minutes, its record is kept until reset", async () => {
  const collecting = collectingProvider(AggregationTemporality.DELTA);
  const kernels = new Kernels({ meterProvider: collecting.provider });
  const exported = async (): Promise<unknown[]> =>
    (await collecting.points("kernel.uptime")).map(({ attributes, value }) => [
      attributes["kernel.id"],
      value,
    ]);
  kernels.launch("a");
  vi.advanceTimersByTime(1_000);
  kernels.launch("b");
  kernels.terminate("a");
  vi.advanceTimersByTime(299_999);
  expect(await exported()).toEqual([
    ["a", 1],
    ["b", 299.999],
  ]);
  vi.advanceTimersByTime(1);
  expect(await exported()).toEqual([["b", 300]]);
  expect(kernels.getTelemetry("a")).toMatchObject({ state: "terminated", uptime: 1 });

  kernels.launch("a");
  expect(await exported()).toEqual([
    ["a", 0],
    ["b", 300],
  ]);
});

test("a removed kernel and its totals are exported for 5 minutes after its termination", async () => {
  const collecting = collectingProvider(AggregationTemporality.DELTA);
  const kernels = new Kernels({ meterProvider: collecting.provider });
  kernels.launch("a");
  kernels.terminate("a");
  kernels.reset("a");
  expect(await collecting.points("kernel.state")).toEqual([{ attributes: a, value: 4 }]);
  vi.advanceTimersByTime(300_000);
  expect(await collecting.points("kernel.state")).toEqual([]);
  expect(kernels.getAllTelemetry().size).toBe(0);
});

test("error types are names of errors, at most 20 for each kernel", async () => {
  const collecting = collectingProvider();
  const kernels = new Kernels({ meterProvider: collecting.provider });
  kernels.recordError("a", "text");
  kernels.recordError("a", undefined);
  for (let i = 0; i < 30; i++) kernels.recordError("a", { name: `Error${i}` });
  const errors = await collecting.points("kernel.errors");
  expect(errors).toHaveLength(20);
  expect(await collecting.point("kernel.errors", { ...a, "error.type": "_OTHER" })).toBe(2 + 11);
  expect(await collecting.point("kernel.errors", { ...a, "error.type": "Error18" })).toBe(1);
});

test("a facade created before the provider is registered exports its earlier recordings", async () => {
  const kernels = new Kernels();
  kernels.launch("a");
  kernels.recordReceive("a");
  const collecting = collectingProvider();
  metrics.setGlobalMeterProvider(collecting.provider);
  kernels.recordReceive("a");
  expect(await collecting.point("kernel.messages.received", a)).toBe(2);
});

test("series of a kernel with a device have its hw.id", async () => {
  const { kernels, collect } = createTestTelemetry();
  kernels.launch("a", { device: "GPU-1" });
  kernels.recordError("a", new RangeError("x"));
  kernels.launch("b");
  const byName = new Map((await collect()).map(({ name, series }) => [name, series]));
  for (const name of ["kernel.state", "kernel.messages.received"]) {
    expect(byName.get(name)?.map(({ attributes }) => attributes)).toEqual([
      { "kernel.id": "a", "hw.id": "GPU-1" },
      { "kernel.id": "b" },
    ]);
  }
  expect(byName.get("kernel.errors")?.map(({ attributes }) => attributes)).toEqual([
    { "kernel.id": "a", "hw.id": "GPU-1", "error.type": "RangeError" },
  ]);
});

test("a counter of a kernel has for each device what happened there, also if the kernel comes back to it", async () => {
  const { kernels, collect } = createTestTelemetry();
  const work = (device: string | undefined, messages: number): void => {
    kernels.launch("a", device === undefined ? {} : { device });
    for (let i = 0; i < messages; i++) {
      kernels.recordReceive("a");
      kernels.recordSend("a");
    }
    kernels.recordError("a", new RangeError("x"));
  };
  const values = async (name: string): Promise<unknown> => {
    const series = (await collect()).find((metric) => metric.name === name)?.series ?? [];
    return Object.fromEntries(series.map(({ attributes, value }) => [attributes["hw.id"] ?? "", value]));
  };
  work(undefined, 10);
  expect(await values("kernel.messages.received")).toEqual({ "": 10 });
  kernels.terminate("a");
  work("GPU-1", 1);
  for (const name of ["received", "sent", "processed"])
    expect(await values(`kernel.messages.${name}`)).toEqual({ "": 10, "GPU-1": 1 });
  kernels.terminate("a");
  work("GPU-2", 5);
  kernels.terminate("a");
  work("GPU-1", 2);
  expect(await values("kernel.messages.received")).toEqual({ "": 10, "GPU-1": 3, "GPU-2": 5 });
  expect(await values("kernel.errors")).toEqual({ "": 1, "GPU-1": 2, "GPU-2": 1 });
  expect(await values("kernel.state")).toEqual({ "GPU-1": 1 });
  expect(kernels.getTelemetry("a")).toMatchObject({ messagesReceived: 2, errors: 1 });
});

test.each([
  [
    ["GPU-1", "GPU-2"],
    ["GPU-3", "GPU-1"],
  ],
  [
    ["GPU-1", "GPU-2"],
    ["GPU-1", "GPU-3"],
  ],
])(
  "facades of one kernel on several devices add up by device once they share a provider",
  async (...devices) => {
    const facades = [new Kernels(), new Kernels()];
    for (const [i, kernels] of facades.entries()) {
      for (const device of devices[i] ?? []) {
        kernels.launch("a", { device });
        kernels.recordReceive("a");
        kernels.recordError("a", new TypeError());
        kernels.terminate("a");
      }
    }
    const { provider, points } = collectingProvider();
    metrics.setGlobalMeterProvider(provider);
    for (const kernels of facades) kernels.recordReceive("b");
    for (const name of ["kernel.messages.received", "kernel.errors"]) {
      const ofKernel = (await points(name)).filter(({ attributes }) => attributes["kernel.id"] === "a");
      const values = ofKernel.map(({ attributes, value }) => [String(attributes["hw.id"]), value] as const);
      expect(values).toHaveLength(3);
      expect(Object.fromEntries(values)).toEqual({ "GPU-1": 2, "GPU-2": 1, "GPU-3": 1 });
    }
  },
);

test("a kernel remembers at most 20 former devices", async () => {
  const { kernels, collect } = createTestTelemetry();
  for (let i = 0; i < 100; i++) {
    kernels.launch("a", { device: `GPU-${i}` });
    kernels.recordReceive("a");
    kernels.terminate("a");
  }
  const received = (await collect()).find(({ name }) => name === "kernel.messages.received");
  expect(received?.series).toHaveLength(21);
});

test("the device is that of the launch that started the kernel", async () => {
  const { kernels, collect } = createTestTelemetry();
  const device = async (): Promise<unknown> =>
    (await collect()).find(({ name }) => name === "kernel.state")?.series[0]?.attributes["hw.id"];
  kernels.launch("a", { device: "GPU-1" });
  kernels.launch("a", { device: "GPU-2" });
  kernels.launch("a");
  expect(await device()).toBe("GPU-1");
  kernels.terminate("a");
  expect(await device()).toBe("GPU-1");
  kernels.launch("a");
  expect(await device()).toBeUndefined();
});

test("the record of kernels that are counted together gets no device", () => {
  const other = new KernelRecord("_other");
  const kernel = new KernelRecord("a");
  kernel.launch();
  kernel.runOn("GPU-1");
  kernel.receive();
  other.absorb(kernel);
  expect(other.attributes).toEqual({ "kernel.id": "_other" });
  expect(other.received).toBe(1);
});
