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

test("series of a kernel with a device have its hw.id, errors from before included", async () => {
  const { kernels, collect } = createTestTelemetry();
  kernels.recordError("a", new RangeError("x"));
  kernels.launch("a", { device: "GPU-1" });
  kernels.launch("b");
  const byName = new Map((await collect()).map(({ name, series }) => [name, series]));
  expect(byName.get("kernel.state")?.map(({ attributes }) => attributes)).toEqual([
    { "kernel.id": "a", "hw.id": "GPU-1" },
    { "kernel.id": "b" },
  ]);
  expect(byName.get("kernel.errors")?.map(({ attributes }) => attributes)).toEqual([
    { "kernel.id": "a", "hw.id": "GPU-1", "error.type": "RangeError" },
  ]);
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
