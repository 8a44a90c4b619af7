import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { createTestTelemetry, type TestTelemetry } from "tachymeter/testing";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { workerThreads as instrumented } from "../../instrumentations/worker-threads/index.ts";
import { begin } from "../../instrumentations/worker-threads/instrumentation.ts";
import { instrumentationOf } from "../instrumentations/instrumentation-of.ts";

let telemetry: TestTelemetry;

beforeEach(() => {
  telemetry = createTestTelemetry();
});

afterEach(async () => {
  await telemetry.shutdown();
});

test("processing times are a histogram and the telemetry's latency", async () => {
  const { kernels } = telemetry;
  for (const seconds of [0.1, 0.2, 0.3]) {
    kernels.recordReceive("a");
    kernels.recordProcessed("a", seconds);
  }
  kernels.recordReceive("a");
  kernels.recordProcessed("a");
  const histogram = await telemetry.value("kernel.message.processing.duration", { "kernel.id": "a" });
  expect(histogram).toMatchObject({ count: 3, min: 0.1, max: 0.3 });
  const { latency } = kernels.getTelemetry("a") ?? {};
  expect(latency).toMatchObject({ count: 3, mean: expect.closeTo(0.2, 9), p50: expect.closeTo(0.2, 2) });
  kernels.reset("a");
  expect(kernels.getTelemetry("a")).not.toHaveProperty("latency");
});

test("a message that was not received has no processing time, and only invalid times are dropped", async () => {
  const { kernels } = telemetry;
  kernels.recordProcessed("a", 1);
  kernels.recordReceive("a");
  kernels.recordProcessed("a", Number.NaN);
  expect(kernels.getTelemetry("a")).toMatchObject({ messagesProcessed: 1 });
  expect(kernels.getTelemetry("a")).not.toHaveProperty("latency");
  expect(await telemetry.value("kernel.message.processing.duration")).toBeUndefined();
});

test("quantiles of the latency are within 1% of the exact ones", () => {
  const seconds = fc.double({ min: 1e-6, max: 1e4, noNaN: true });
  fc.assert(
    fc.property(fc.array(seconds, { minLength: 1, maxLength: 300 }), (times) => {
      const { kernels } = telemetry;
      for (const time of times) {
        kernels.recordReceive("q");
        kernels.recordProcessed("q", time);
      }
      const { latency } = kernels.getTelemetry("q") ?? {};
      kernels.reset("q");
      const sorted = times.toSorted((a, b) => a - b);
      for (const [share, quantile] of [
        [0.5, latency?.p50],
        [0.95, latency?.p95],
        [0.99, latency?.p99],
      ] as const) {
        const exact = sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
        expect(Math.abs((quantile ?? Number.NaN) / exact - 1)).toBeLessThan(0.0101);
      }
    }),
  );
});

test("a collection does not compute quantiles, which are for getters only", async () => {
  const { kernels } = telemetry;
  for (const id of ["a", "b", "c"]) {
    kernels.recordReceive(id);
    kernels.recordProcessed(id, 0.1);
  }
  // The first collections create the series.
  for (let i = 0; i < 3; i++) await telemetry.collect();
  const sort = vi.spyOn(Array.prototype, "toSorted");
  onTestFinished(() => sort.mockRestore());
  const sortsOfACollection = async (): Promise<number> => {
    sort.mockClear();
    await telemetry.collect();
    return sort.mock.calls.length;
  };
  const sorts = await sortsOfACollection();
  kernels.reset();
  expect(await sortsOfACollection()).toBe(sorts);
});

test("sizes of a kernel's queues are gauges, set or read from a function, until they are removed", async () => {
  const { kernels } = telemetry;
  kernels.queueSize("a", "input", 3);
  const remove = kernels.queueSize("a", "output", () => 5);
  expect(await telemetry.value("kernel.queue.size", { "kernel.id": "a", "kernel.queue": "input" })).toBe(3);
  expect(await telemetry.value("kernel.queue.size", { "kernel.id": "a", "kernel.queue": "output" })).toBe(5);
  expect(kernels.getTelemetry("a")).toMatchObject({ inputQueueSize: 3, outputQueueSize: 5 });
  remove();
  kernels.queueSize("a", "input", () => {
    throw new Error("gone");
  });
  expect(await telemetry.value("kernel.queue.size")).toBeUndefined();
  expect(await telemetry.value("telemetry.dropped", { reason: "callback_error" })).toBeGreaterThan(0);
});

test("a worker thread's utilization is that of its kernel, and of its telemetry", async () => {
  const { kernels } = telemetry;
  const hook = instrumentationOf(instrumented, begin, { kernels });
  onTestFinished(() => hook.disable());
  const busy = `const { parentPort } = require("node:worker_threads");
    const end = performance.now() + 200;
    while (performance.now() < end);
    parentPort.postMessage("done");
    setInterval(() => {}, 1_000);`;
  const worker = new Worker(busy, { eval: true });
  await once(worker, "message");
  const series = { "kernel.id": "[worker eval]#0" };
  expect(await telemetry.value("kernel.utilization", series)).toBeGreaterThan(0.1);
  const { resources } = kernels.getTelemetry(series["kernel.id"]) ?? {};
  expect(resources?.utilization).toBeGreaterThan(0.1);
  // Node.js reports these of its threads since 22.20 and 24.6, and 22.16 and 24.0.
  await expect
    .poll(async () => Number(await telemetry.value("kernel.cpu.time", series)) > 0.05, { timeout: 10_000 })
    .toBe("cpuUsage" in worker);
  await expect
    .poll(async () => Number(await telemetry.value("kernel.memory.usage", series)) > 100_000, {
      timeout: 10_000,
    })
    .toBe("getHeapStatistics" in worker);
  await worker.terminate();
  expect(await telemetry.value("kernel.utilization", series)).toBeUndefined();
});

test("a child process that a runtime launches is measured", async () => {
  const { kernels } = telemetry;
  const busy = `while (process.cpuUsage().user < 200_000);
    process.stdout.write("done");
    setInterval(() => {}, 1e3)`;
  const child = spawn(process.execPath, ["--eval", busy], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const launch: (id: string) => ChildProcess = () => child;
  const runtime = { launch };
  kernels.instrument(runtime);
  runtime.launch("child");
  await once(child.stdout, "data");
  expect(await telemetry.value("kernel.cpu.time", { "kernel.id": "child" })).toBeGreaterThan(0.1);
  expect(await telemetry.value("kernel.memory.usage", { "kernel.id": "child" })).toBeGreaterThan(1_000_000);
  expect(kernels.getTelemetry("child")?.resources?.utilization).toBeLessThanOrEqual(1);
});

test("a child process that has exited is not measured, even if its pid is reused", () => {
  const { kernels } = telemetry;
  // The pid of this process stands for that of the next owner.
  const child: { pid: number; exitCode: number | null; kill: () => boolean } = {
    pid: process.pid,
    exitCode: null,
    kill: () => true,
  };
  const runtime = { launch: (id: string) => (id === "exited" ? child : undefined) };
  kernels.instrument(runtime);
  runtime.launch("exited");
  expect(kernels.getTelemetry("exited")?.resources?.heapUsedBytes).toBeGreaterThan(0);
  child.exitCode = 0;
  expect(kernels.getTelemetry("exited")).not.toHaveProperty("resources");
});

test("objects that only look like worker threads break neither a launch nor the metrics of others", async () => {
  const { kernels } = telemetry;
  const synchronous = {
    postMessage: () => {},
    performance: { eventLoopUtilization: () => ({ active: 1, idle: 1 }) },
    cpuUsage: () => ({ user: 1e6, system: 1e6 }),
    getHeapStatistics: () => undefined,
  };
  const silent = { postMessage: () => {}, performance: { eventLoopUtilization: () => undefined } };
  const targets: Readonly<Record<string, object>> = { synchronous, silent };
  const runtime = { launch: (id: string) => targets[id] };
  kernels.instrument(runtime);
  expect(runtime.launch("synchronous")).toBe(synchronous);
  expect(runtime.launch("silent")).toBe(silent);
  await Promise.resolve();
  expect(kernels.getSummary()).toMatchObject({ kernelCount: 2 });
  expect(kernels.getTelemetry("synchronous")?.resources).toEqual({ utilization: 0.5, cpuSeconds: 2 });
  expect(await telemetry.value("kernel.state", { "kernel.id": "silent" })).toBe(1);
  expect(await telemetry.value("kernel.cpu.time", { "kernel.id": "synchronous" })).toBe(2);
});

test("an instrumented runtime has the telemetry's methods, unless it has its own", () => {
  const { kernels } = telemetry;
  const own = (): string => "its own";
  const runtime: Runtime = { launch: () => {}, send: () => {}, getSummary: own };
  const remove = kernels.instrument(runtime);
  runtime.launch("a");
  runtime.send("a");
  expect(runtime.getTelemetry?.("a")).toMatchObject({ kernelId: "a", messagesReceived: 1 });
  expect(runtime.getSummary).toBe(own);
  runtime.resetTelemetry?.("a");
  expect(runtime.getTelemetry?.("a")).toMatchObject({ messagesReceived: 0 });
  remove();
  expect(Object.keys(runtime)).toEqual(["launch", "send", "getSummary"]);
  expect("getTelemetry" in runtime).toBe(false);
});

interface Runtime {
  launch(id: string): void;
  send(id: string): void;
  getSummary?: () => unknown;
  getTelemetry?: (id: string) => unknown;
  resetTelemetry?: (id?: string) => void;
}
