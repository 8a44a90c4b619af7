import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { observeEventLoop } from "../../src/host/event-loop-metrics.ts";
import { collectingProvider } from "../kit/collecting.ts";

const sleeper = new Int32Array(new SharedArrayBuffer(4));
// The event loop stands still, and no processor time is used.
const block = (millis: number): unknown => Atomics.wait(sleeper, 0, 0, millis);

test("percentiles and deviation of a busy event loop are near those of Node.js' monitor at 10 ms", async () => {
  const collecting = collectingProvider();
  const monitor = monitorEventLoopDelay({ resolution: 10 });
  onTestFinished(observeEventLoop(collecting.provider));
  monitor.enable();
  // Node.js' monitor has no sample for the time until its first tick.
  await delay(30);
  for (let i = 0; i < 250; i++) {
    block(i % 5 === 0 ? 30 : 6);
    await delay(1);
  }
  monitor.disable();
  // Once: a second collection would have the delays since the first one.
  const metrics = (await collecting.collect()).scopeMetrics.flatMap((scope) => scope.metrics);
  const secondsOf = (name: string): number =>
    Number(
      metrics.find(({ descriptor }) => descriptor.name === `nodejs.eventloop.delay.${name}`)?.dataPoints[0]
        ?.value,
    );
  for (const percent of [50, 99]) {
    const seconds = secondsOf(`p${percent}`);
    // A pause of the machine can be the sample before or after that percentile.
    expect(seconds).toBeGreaterThan((0.9 * monitor.percentile(percent - 0.5)) / 1e9);
    expect(seconds).toBeLessThan((1.1 * monitor.percentile(percent + 0.5)) / 1e9);
  }
  const deviation = secondsOf("stddev");
  expect(Math.abs(deviation / (monitor.stddev / 1e9) - 1)).toBeLessThan(0.25);
});

test("the utilization is that of a second or more, also for a reader that collects right after another one", async () => {
  const collecting = collectingProvider();
  onTestFinished(observeEventLoop(collecting.provider));
  const utilization = (): Promise<unknown> => collecting.point("nodejs.eventloop.utilization");
  await delay(1_100);
  const first = await utilization();
  expect(first).toBeLessThan(0.9);
  block(50);
  expect(await utilization()).toBe(first);
  block(1_000);
  expect(await utilization()).toBeGreaterThan(0.9);
});

test("a pause of 50 ms is seen, also by the histogram, after the event loop was quiet for long", async () => {
  const collecting = collectingProvider();
  onTestFinished(observeEventLoop(collecting.provider));
  await delay(12_000);
  const late = async (): Promise<number> => {
    const buckets = await collecting.buckets("nodejs.eventloop.delay");
    return [...buckets].reduce((sum, [bound, count]) => sum + (bound > 0.005 ? count : 0), 0);
  };
  const before = await late();
  await delay(Math.random() * 40);
  block(50);
  // There are no figures for few samples.
  await delay(1_000);
  expect(await collecting.point("nodejs.eventloop.delay.max")).toBeGreaterThanOrEqual(0.019);
  expect(await late()).toBeGreaterThan(before);
});

test("the time that follows a collection in the same turn counts", async () => {
  const collecting = collectingProvider();
  onTestFinished(observeEventLoop(collecting.provider));
  await delay(300);
  await collecting.collect();
  block(60);
  // There are no figures for few samples.
  await delay(500);
  expect(await collecting.point("nodejs.eventloop.delay.max")).toBeGreaterThanOrEqual(0.055);
});

test("the time in coarse sampling does not count as a delay", async () => {
  const collecting = collectingProvider();
  const seen = { checks: 0, utilization: 0 };
  const spy = vi.spyOn(performance, "eventLoopUtilization").mockImplementation((now) => {
    if (now !== undefined) seen.checks++;
    return { idle: 0, active: 0, utilization: seen.utilization };
  });
  onTestFinished(() => spy.mockRestore());
  onTestFinished(observeEventLoop(collecting.provider));
  await expect.poll(() => seen.checks, { interval: 1 }).toBe(6);
  // Fine sampling ends at the next check: just before, its monitor has one tick, and no sample yet.
  await delay(988);
  await collecting.collect();
  await delay(500);
  seen.utilization = 1;
  await delay(1_000);
  expect(await collecting.point("nodejs.eventloop.delay.max")).toBeLessThan(0.5);
});
