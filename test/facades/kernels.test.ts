import { Kernels, type KernelState } from "tachymeter/facades";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { callWith } from "./call-with.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

test("a message received and processed counts once in each figure", () => {
  const kernels = new Kernels();
  kernels.launch("a");
  kernels.recordReceive("a");
  kernels.recordProcessed("a", 0.25);
  expect(kernels.getTelemetry("a")).toEqual({
    kernelId: "a",
    state: "launched",
    messagesReceived: 1,
    messagesSent: 0,
    messagesProcessed: 1,
    errors: 0,
    startTime: 1_700_000_000,
    lastMessageTime: 1_700_000_000,
    throughput: 0,
    uptime: 0,
    errorRate: 0,
    latency: {
      count: 1,
      mean: 0.25,
      p50: expect.closeTo(0.25, 2),
      p95: expect.closeTo(0.25, 2),
      p99: expect.closeTo(0.25, 2),
    },
  });
});

test("uptime runs from launch to termination, and throughput is per second of it", () => {
  const kernels = new Kernels();
  kernels.launch("a");
  for (let i = 0; i < 10; i++) {
    kernels.recordReceive("a");
    kernels.recordProcessed("a");
  }
  vi.advanceTimersByTime(4_000);
  expect(kernels.getTelemetry("a")).toMatchObject({ uptime: 4, throughput: 2.5 });
  vi.advanceTimersByTime(1_000);
  kernels.terminate("a");
  vi.advanceTimersByTime(60_000);
  kernels.terminate("a");
  expect(kernels.getTelemetry("a")).toMatchObject({ state: "terminated", uptime: 5, throughput: 2 });
});

test("a change of the wall clock does not change the uptime", () => {
  const kernels = new Kernels();
  kernels.launch("a");
  vi.setSystemTime(1_600_000_000_000);
  vi.advanceTimersByTime(2_000);
  expect(kernels.getTelemetry("a")).toMatchObject({ startTime: 1_700_000_000, uptime: 2 });
});

test("a kernel goes through its states", () => {
  const kernels = new Kernels();
  const stateAfter = (call: () => void): KernelState | undefined => {
    call();
    return kernels.getTelemetry("a")?.state;
  };
  expect(stateAfter(() => kernels.recordReceive("a"))).toBe("unknown");
  expect(stateAfter(() => kernels.launch("a"))).toBe("launched");
  expect(stateAfter(() => kernels.activate("a"))).toBe("active");
  expect(stateAfter(() => kernels.launch("a"))).toBe("active");
  expect(stateAfter(() => kernels.deactivate("a"))).toBe("inactive");
  expect(stateAfter(() => kernels.terminate("a"))).toBe("terminated");
  expect(stateAfter(() => kernels.activate("a"))).toBe("terminated");
  expect(stateAfter(() => kernels.launch("a"))).toBe("launched");
});

test("messages received before the launch belong to the kernel, and the start time is that of the launch", () => {
  const kernels = new Kernels();
  kernels.recordReceive("a");
  vi.advanceTimersByTime(3_000);
  expect(kernels.getTelemetry("a")).toMatchObject({ state: "unknown", uptime: 0, messagesReceived: 1 });
  expect(kernels.getTelemetry("a")).not.toHaveProperty("startTime");
  kernels.launch("a");
  vi.advanceTimersByTime(1_000);
  expect(kernels.getTelemetry("a")).toMatchObject({
    startTime: 1_700_000_003,
    uptime: 1,
    messagesReceived: 1,
  });
});

test("a terminated kernel that is launched again starts anew", () => {
  const kernels = new Kernels();
  kernels.launch("a");
  kernels.recordReceive("a");
  vi.advanceTimersByTime(10_000);
  kernels.terminate("a");
  vi.advanceTimersByTime(10_000);
  kernels.launch("a");
  kernels.recordProcessed("a");
  vi.advanceTimersByTime(1_000);
  const telemetry = kernels.getTelemetry("a");
  expect(telemetry).toMatchObject({
    messagesReceived: 0,
    messagesProcessed: 0,
    uptime: 1,
    startTime: 1_700_000_020,
  });
  expect(telemetry).not.toHaveProperty("lastMessageTime");
});

test("a reset zeroes a running kernel, keeps its uptime, and removes a terminated one", () => {
  const kernels = new Kernels();
  for (const id of ["a", "b"]) {
    kernels.launch(id);
    kernels.recordReceive(id);
    kernels.recordProcessed(id);
    kernels.recordError(id, new Error("x"));
  }
  vi.advanceTimersByTime(10_000);
  kernels.terminate("b");
  kernels.reset("nobody");
  kernels.reset();
  expect(kernels.getTelemetry("b")).toBeUndefined();
  expect([...kernels.getAllTelemetry().keys()]).toEqual(["a"]);
  expect(kernels.getTelemetry("a")).toMatchObject({
    messagesReceived: 0,
    messagesProcessed: 0,
    errors: 0,
    throughput: 0,
    errorRate: 0,
    uptime: 10,
  });
});

test("after a reset the throughput covers the time since then", () => {
  const kernels = new Kernels();
  kernels.launch("a");
  vi.advanceTimersByTime(100_000);
  kernels.reset("a");
  for (let i = 0; i < 10; i++) {
    kernels.recordReceive("a");
    kernels.recordSend("a");
  }
  vi.advanceTimersByTime(2_000);
  expect(kernels.getTelemetry("a")).toMatchObject({ uptime: 102, throughput: 5 });
});

test("a kernel that a reset removed starts empty when it is used again", () => {
  const kernels = new Kernels();
  kernels.launch("a");
  kernels.recordReceive("a");
  kernels.terminate("a");
  kernels.reset("a");
  kernels.recordReceive("a");
  expect(kernels.getTelemetry("a")).toMatchObject({ state: "unknown", messagesReceived: 1, uptime: 0 });
});

test("the summary adds up all kernels", () => {
  const kernels = new Kernels();
  for (const [id, messages] of [
    ["a", 2],
    ["b", 4],
  ] as const) {
    kernels.launch(id);
    for (let i = 0; i < messages; i++) {
      kernels.recordReceive(id);
      kernels.recordProcessed(id);
    }
  }
  kernels.recordError("b", new Error("x"));
  vi.advanceTimersByTime(2_000);
  const summary = kernels.getSummary();
  expect(summary).toMatchObject({ kernelCount: 2, totalMessages: 6, totalErrors: 1, aggregateThroughput: 3 });
  expect(summary.perKernel["b"]).toEqual(kernels.getTelemetry("b"));
  expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
});

test("telemetry is a frozen copy, which later messages do not change", () => {
  const kernels = new Kernels();
  kernels.recordReceive("a");
  const before = kernels.getTelemetry("a")!;
  kernels.recordReceive("a");
  expect(Object.isFrozen(before)).toBe(true);
  expect(before.messagesReceived).toBe(1);
});

test("an id may be any string, including __proto__, or a number", () => {
  const kernels = new Kernels();
  kernels.recordReceive("__proto__");
  kernels.recordReceive("");
  callWith(kernels, "recordReceive", 7);
  expect(Object.keys(kernels.getSummary().perKernel)).toEqual(["7", "__proto__", ""]);
});
