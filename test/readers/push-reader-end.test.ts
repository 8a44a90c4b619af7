// Waits for callbacks at the end of a reader, and of the process.
import { AggregationTemporality, MeterProvider, type ResourceMetrics } from "tachymeter/metrics";
import { Gauge, register } from "tachymeter/prom-client";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { Collection } from "../../src/engine/collection/collection.ts";
import { metricSources } from "../../src/engine/collection/metric-source.ts";
import type { CollectionSink } from "../../src/readers/collection-exporter.ts";
import { PushReader } from "../../src/readers/push-reader.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const seconds = (count: number): Promise<unknown> => vi.advanceTimersByTimeAsync(count * 1_000);

test("the last collection of a reader waits 5 seconds for callbacks, and cuts none of another reader", async () => {
  const exported: (readonly string[])[] = [];
  const sink = sinkWith({ exportCollection: async (each) => void exported.push(namesOf(each)) });
  const [ending, other] = [readerOf(sink), readerOf(sink)];
  const meter = new MeterProvider({ readers: [ending, other] }).getMeter("shop");
  meter.createCounter("orders").add(1);
  meter.createObservableGauge("hanging").addCallback(() => new Promise(() => {}));
  let millis = 4_000;
  meter.createObservableGauge("slow").addCallback(async (result) => {
    await new Promise((resolve) => void setTimeout(resolve, millis));
    result.observe(1);
  });
  const ended = ending.shutdown();
  await seconds(4.5);
  millis = 6_000;
  const collected = other.collect();
  await seconds(0.5);
  expect(exported).toEqual([["orders", "slow"]]);
  await ended;
  await seconds(6);
  const { resourceMetrics } = await collected;
  expect(shownIn(resourceMetrics)).toEqual(["orders", "slow"]);
});

test("at the end of a process each reader exports in time, despite a callback of prom-client that never ends", async () => {
  const gauge = new Gauge({ name: "hanging", help: "h", collect: () => new Promise<void>(() => {}) });
  onTestFinished(() => register.removeSingleMetric("hanging"));
  gauge.set(1);
  const exported: (readonly string[])[] = [];
  const sink = sinkWith({ exportCollection: async (each) => void exported.push(namesOf(each)) });
  const readers = [readerOf(sink), readerOf(sink)];
  const other = readerOf(sink);
  const provider = new MeterProvider({ readers: [...readers, other] });
  provider.collectSources(metricSources());
  provider.getMeter("shop").createCounter("orders").add(1);
  const before = other.collect();
  for (const reader of readers) reader.endBegins(4_000);
  const flushed = provider.forceFlush();
  // Half of the time is for callbacks.
  await seconds(2.1);
  expect(exported.slice(0, 2)).toEqual([
    ["orders", "hanging"],
    ["orders", "hanging"],
  ]);
  await before;
  await seconds(5);
  await flushed;
});

test.each(["ends", "hangs"])(
  "a process that goes on after a flush that %s waits for callbacks as before its end was announced",
  async (outcome) => {
    const sink = sinkWith({
      flushAtEnd: () => (outcome === "ends" ? Promise.resolve() : new Promise(() => {})),
    });
    const reader = readerOf(sink);
    const provider = new MeterProvider({ readers: [reader] });
    const load = provider.getMeter("shop").createObservableGauge("load");
    load.addCallback(async (result) => {
      await new Promise((resolve) => void setTimeout(resolve, 3_000));
      result.observe(1);
    });
    reader.endBegins(4_000);
    void provider.forceFlush();
    await seconds(outcome === "ends" ? 3 : 4);
    const collected = reader.collect();
    await seconds(3);
    const { resourceMetrics, errors } = await collected;
    expect([shownIn(resourceMetrics), errors]).toEqual([["load"], []]);
  },
);

test("a process that goes on after the announced end flushes as before", async () => {
  const limits: number[] = [];
  const reader = readerOf(sinkWith({ flushAtEnd: async (limitMillis) => void limits.push(limitMillis) }));
  const provider = new MeterProvider({ readers: [reader] });
  reader.endBegins(4_000);
  await provider.forceFlush();
  await seconds(3);
  // A second announcement has its own time.
  reader.endBegins(3_000);
  await seconds(2);
  await provider.forceFlush();
  await seconds(1);
  await provider.forceFlush();
  expect(limits).toEqual([4_000, 3_000]);
});

function sinkWith(given: Partial<CollectionSink>): CollectionSink {
  return {
    ready: Promise.resolve(),
    isDurable: false,
    exportCollection: async () => {},
    exportCollectionSync: () => {},
    deliverLast: () => undefined,
    ...given,
  };
}

function readerOf(collectionSink: CollectionSink): PushReader {
  const exporter = {
    export: () => {},
    forceFlush: async () => {},
    shutdown: async () => {},
    selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
    collectionSink,
  };
  return new PushReader({ exporter, intervalMillis: 60_000, timeoutMillis: 30_000, onCollection: () => {} });
}

function namesOf({ metrics }: Collection): readonly string[] {
  return metrics.map(({ descriptor }) => descriptor.name);
}

function shownIn({ scopeMetrics }: ResourceMetrics): readonly string[] {
  return scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name));
}
