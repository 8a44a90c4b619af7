import { diag } from "@opentelemetry/api";
import fc from "fast-check";
import { Kernels, type KernelsSummary } from "tachymeter/facades";
import { afterEach, expect, test, vi } from "vitest";
import { collectingProvider } from "../kit/collecting.ts";
import { anything } from "./anything.ts";
import { callWith } from "./call-with.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";

afterEach(() => {
  vi.useRealTimers();
  diag.disable();
});

test("the monitor loop of a disabled facade finds the methods of the runtime, without figures", () => {
  const runtime: {
    launch: (id: string) => string;
    getSummary?: () => KernelsSummary;
    getTelemetry?: (id: string) => unknown;
    resetTelemetry?: () => void;
  } = { launch: (id) => id };
  const { launch } = runtime;
  const kernels = new Kernels({ enabled: false });
  const remove = kernels.instrument(runtime);
  expect(runtime.launch).toBe(launch);
  runtime.launch("a");
  expect(runtime.getSummary?.()).toEqual({
    kernelCount: 0,
    totalMessages: 0,
    totalErrors: 0,
    aggregateThroughput: 0,
    perKernel: {},
  });
  expect(runtime.getTelemetry?.("a")).toBeUndefined();
  runtime.resetTelemetry?.();
  remove();
  expect(Object.keys(runtime)).toEqual(["launch"]);
  expect("getSummary" in runtime).toBe(false);
  expect(() => callWith(kernels, "instrument", 5)).not.toThrow();
});

test("a disabled facade records nothing, calls nothing and changes no runtime", async () => {
  vi.useFakeTimers();
  const collecting = collectingProvider();
  const kernels = new Kernels({ meterProvider: collecting.provider, enabled: false });
  const launch = (_id: string): void => {};
  const runtime = { launch };
  const callback = vi.fn<() => void>();
  kernels.instrument(runtime)();
  const stop = kernels.monitor(callback);
  kernels.launch("a");
  kernels.recordReceive("a");
  kernels.reset();
  vi.advanceTimersByTime(20_000);
  stop();
  expect(callback).not.toHaveBeenCalled();
  expect(runtime.launch).toBe(launch);
  expect(kernels.getTelemetry("a")).toBeUndefined();
  expect(kernels.getAllTelemetry().size).toBe(0);
  expect(kernels.getSummary()).toEqual({
    kernelCount: 0,
    totalMessages: 0,
    totalErrors: 0,
    aggregateThroughput: 0,
    perKernel: {},
  });
  expect((await collecting.collect()).scopeMetrics).toEqual([]);
});

const METHODS = [
  "launch",
  "activate",
  "deactivate",
  "terminate",
  "recordReceive",
  "recordSend",
  "recordProcessed",
  "recordError",
  "getTelemetry",
  "reset",
];

test("no call throws, whatever its arguments", () => {
  const kernels = new Kernels({ meterProvider: collectingProvider().provider });
  const callAll = (id: unknown, error: unknown): void => {
    for (const method of METHODS) callWith(kernels, method, id, error);
  };
  fc.assert(
    fc.property(fc.anything(), anything(), (id, makeError) => {
      const error = makeError();
      expect(() => callAll(id, error)).not.toThrow();
      // A kernel that runs keeps its device.
      expect(() => callWith(new Kernels(), "launch", "new", error)).not.toThrow();
    }),
  );
});

test("a proxy that throws when read is an error like any other", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const kernels = new Kernels();
  kernels.recordError("a", proxy);
  expect(kernels.getTelemetry("a")).toMatchObject({ errors: 1 });
});

test("a kernel whose id is a number has figures by that number, which can be reset", () => {
  const kernels = new Kernels();
  callWith(kernels, "recordError", 7, new Error("broken"));
  expect(callWith(kernels, "getTelemetry", 7)).toMatchObject({ errors: 1 });
  callWith(kernels, "reset", 7);
  expect(kernels.getTelemetry("7")).toMatchObject({ errors: 0 });
});

test("an invalid id is dropped, counted and logged once", async () => {
  const collecting = collectingProvider();
  const warnings = collectWarnings();
  const kernels = new Kernels({ meterProvider: collecting.provider });
  callWith(kernels, "recordReceive", {});
  callWith(kernels, "recordReceive", undefined);
  expect(await collecting.point("telemetry.dropped", { reason: "invalid_name" })).toBe(2);
  expect(warnings).toHaveLength(1);
});

test("of more than 10,000 kernels the one that terminated first is dropped", () => {
  const kernels = new Kernels();
  for (let i = 0; i < 10_000; i++) kernels.launch(`k${i}`);
  kernels.terminate("k7");
  kernels.terminate("k3");
  kernels.launch("new");
  expect(kernels.getTelemetry("k7")).toBeUndefined();
  expect(kernels.getTelemetry("k3")).toBeDefined();
  expect(kernels.getTelemetry("new")).toBeDefined();
  expect(kernels.getSummary().kernelCount).toBe(10_000);
});

test("if 10,000 kernels are running, further ones are counted together, which is logged once", async () => {
  const collecting = collectingProvider();
  const warnings = collectWarnings();
  const kernels = new Kernels({ meterProvider: collecting.provider });
  for (let i = 0; i < 10_000; i++) kernels.recordReceive(`k${i}`);
  kernels.launch("x");
  kernels.terminate("x");
  kernels.recordReceive("x");
  kernels.recordReceive("y");
  kernels.recordError("y", new Error("x"));
  expect(kernels.getTelemetry("x")).toBeUndefined();
  expect(kernels.getTelemetry("_other")).toBeUndefined();
  expect(kernels.getSummary().kernelCount).toBe(10_000);
  expect(warnings).toEqual([
    'kernel "x": none of the 10000 kernels has terminated, so new ones are counted together as "_other"; terminate unused ones; this is logged once',
  ]);

  kernels.terminate("k0");
  kernels.recordReceive("x");
  expect(kernels.getTelemetry("x")).toMatchObject({ messagesReceived: 1 });
  // Upstream's SDK keeps 2,000 series of an instrument apart, so the shared ones are found by their bounded attribute.
  expect(await collecting.points("kernel.errors")).toEqual([
    { attributes: { "kernel.id": "_other", "error.type": "Error" }, value: 1 },
  ]);
});
