import { diag } from "@opentelemetry/api";
import { KernelMonitorError, Kernels, type KernelsSummary } from "tachymeter/facades";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { callWith } from "./call-with.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  diag.disable();
});

test("a monitor is called with the summary every 5 seconds, until it is removed", () => {
  const kernels = new Kernels();
  const summaries: KernelsSummary[] = [];
  const remove = kernels.monitor((summary) => summaries.push(summary));
  kernels.launch("a");
  vi.advanceTimersByTime(4_999);
  expect(summaries).toEqual([]);
  vi.advanceTimersByTime(1);
  kernels.recordReceive("a");
  kernels.recordProcessed("a");
  vi.advanceTimersByTime(5_000);
  remove();
  vi.advanceTimersByTime(50_000);
  expect(summaries.map(({ totalMessages }) => totalMessages)).toEqual([0, 1]);
});

test("a monitor has its own interval", () => {
  const callback = vi.fn<() => void>();
  new Kernels().monitor(callback, 0.5);
  vi.advanceTimersByTime(2_000);
  expect(callback).toHaveBeenCalledTimes(4);
});

test.each([
  [
    "throws",
    () => {
      throw new Error("broken");
    },
  ],
  ["rejects", () => Promise.reject(new Error("broken"))],
])("a monitor whose callback %s is logged once and called again", async (_how, fail) => {
  const warnings = collectWarnings();
  const callback = vi.fn<() => unknown>(fail);
  new Kernels().monitor(callback, 1);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(callback).toHaveBeenCalledTimes(3);
  expect(warnings).toEqual(["kernel monitor: callback failed; fix the callback; this is logged once"]);
});

test("a monitor's timer keeps no process alive", () => {
  vi.useRealTimers();
  const before = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const remove = new Kernels().monitor(() => {}, 1_000);
  expect(process.getActiveResourcesInfo().filter((kind) => kind === "Timeout")).toHaveLength(before);
  remove();
});

test("invalid arguments of a monitor are refused with all problems", () => {
  const kernels = new Kernels();
  expect(() => callWith(kernels, "monitor", "tick", -1)).toThrow(
    new KernelMonitorError(
      "kernel monitor: callback must be a function, got a value of type string; interval must be a number of seconds above 0, at most 2147483, got -1",
    ),
  );
  for (const interval of [0, Number.NaN, Infinity, 2_147_484, "5"]) {
    expect(() => callWith(kernels, "monitor", () => {}, interval)).toThrow(KernelMonitorError);
  }
});
