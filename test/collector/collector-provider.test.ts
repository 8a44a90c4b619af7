import type { ObservableResult } from "@opentelemetry/api";
import { TelemetryCollector } from "tachymeter/facades";
import { expect, test } from "vitest";
import { CollectorProvider } from "../../src/collector/provider.ts";
import { snapshotEntries } from "../../src/translation/snapshot.ts";
import { collectingProvider } from "../kit/collecting.ts";

function valuesOf(provider: CollectorProvider): Record<string, unknown> {
  return Object.fromEntries([...snapshotEntries(provider.collect())].map(([key, { value }]) => [key, value]));
}

test("every kind of instrument is kept for the snapshot and passed on to the real provider", async () => {
  const { provider: real, point } = collectingProvider();
  const provider = new CollectorProvider({ meterProvider: real });
  const meter = provider.getMeter("test");
  meter.createCounter("jobs.done").add(2, { queue: "a" });
  meter.createUpDownCounter("jobs.open").add(3);
  meter.createUpDownCounter("jobs.open").add(-1);
  meter.createGauge("load").record(0.5);
  meter.createHistogram("wait", { unit: "s", advice: { explicitBucketBoundaries: [1] } }).record(2);
  meter.createObservableGauge("heat").addCallback((result) => result.observe(20, { at: "top" }));
  meter.createObservableCounter("turns").addCallback((result) => result.observe(7));
  meter.createObservableUpDownCounter("balance").addCallback((result) => result.observe(-7));
  expect(valuesOf(provider)).toEqual({
    'jobs_done_total{queue="a"}': 2,
    jobs_open: 2,
    load: 0.5,
    wait_seconds: { count: 1, sum: 2, min: 2, max: 2, buckets: { "1": 0, "+Inf": 1 } },
    'heat{at="top"}': 20,
    turns_total: 7,
    balance: -7,
  });
  expect(await point("jobs.done", { queue: "a" })).toBe(2);
  expect(await point("jobs.open")).toBe(2);
  expect(await point("load")).toBe(0.5);
  expect(await point("wait")).toMatchObject({ count: 1 });
  expect(await point("heat", { at: "top" })).toBe(20);
  expect(await point("turns")).toBe(7);
  expect(await point("balance")).toBe(-7);
});

test("a callback is called once however often it is added, and not after its removal", async () => {
  const { provider: real, collect, points } = collectingProvider();
  const provider = new CollectorProvider({ meterProvider: real });
  const heat = provider.getMeter("test").createObservableGauge("heat");
  let asked = 0;
  const callback = (result: ObservableResult): void => result.observe(++asked);
  heat.addCallback(callback);
  heat.addCallback(callback);
  expect(valuesOf(provider)).toEqual({ heat: 1 });
  expect(await points("heat")).toEqual([{ attributes: {}, value: 2 }]);
  heat.removeCallback(callback);
  expect(valuesOf(provider)).toEqual({});
  await collect();
  expect(asked).toBe(2);
});

test("self metrics of facades are passed on, and are in the snapshot", async () => {
  const { provider: real, point } = collectingProvider();
  const provider = new CollectorProvider({ meterProvider: real });
  provider.getMeter("tachymeter.telemetry").createCounter("telemetry.dropped").add(1);
  expect(valuesOf(provider)).toEqual({ telemetry_dropped_total: 1 });
  expect(await point("telemetry.dropped")).toBe(1);
});

test("a metric that is registered and not used is in a collection of the same moment, on every reader", async () => {
  const { provider, points } = collectingProvider();
  const collector = new TelemetryCollector({ meterProvider: provider });
  collector.registerCounter("idle_total");
  collector.registerHistogram("idle_seconds", "", { buckets: [1] });
  collector.registerCounter("by_method_total", "", ["method"]);
  const used = collector.registerCounter("used_total");
  used.increment(1, { method: "GET" });
  // Begins now.
  const idle = points("idle_total");
  const others = ["idle_seconds", "by_method_total", "used_total"].map((name) => points(name));
  expect(await idle).toEqual([{ attributes: {}, value: 0 }]);
  expect(await Promise.all(others)).toEqual([
    [{ attributes: {}, value: expect.objectContaining({ count: 0 }) }],
    [],
    [{ attributes: { method: "GET" }, value: 1 }],
  ]);
});
