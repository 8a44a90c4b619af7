// Features of our provider that upstream's does not have.
import { diag } from "@opentelemetry/api";
import { AggregationType, MeterProvider } from "tachymeter/metrics";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { metricsOf, pointsOf, PulledReader } from "./pulled.ts";

beforeEach(() => diag.disable());
afterEach(() => void vi.useRealTimers());

test("an instrument is enabled unless every view drops it, or the provider is shut down", async () => {
  const drop = { type: AggregationType.DROP } as const;
  const views = [
    { instrumentName: "dropped", aggregation: drop },
    { instrumentName: "half", aggregation: drop },
    { instrumentName: "half", name: "other half" },
  ];
  const provider = new MeterProvider({ readers: [new PulledReader()], views });
  const meter = provider.getMeter("test");
  expect(meter.createCounter("plain").enabled()).toBe(true);
  expect(meter.createUpDownCounter("dropped").enabled()).toBe(false);
  expect(meter.createHistogram("dropped").enabled()).toBe(false);
  const half = meter.createGauge("half");
  expect(half.enabled()).toBe(true);
  await provider.shutdown();
  expect(half.enabled()).toBe(false);
});

test("the limit is 2,000 series and one for the rest", async () => {
  const reader = new PulledReader();
  const counter = new MeterProvider({ readers: [reader] }).getMeter("test").createCounter("c");
  for (let i = 0; i < 2_000; i++) counter.add(1, { i });
  expect(pointsOf((await reader.collect()).resourceMetrics, "c")).toHaveLength(2_000);
  for (let i = 0; i < 3_000; i++) counter.add(1, { i });
  const points = pointsOf((await reader.collect()).resourceMetrics, "c");
  expect(points).toHaveLength(2_001);
  expect(points.find(([attributes]) => "otel.metric.overflow" in attributes)?.[1]).toBe(1_000);
});

test("a series that is idle for its time to live is removed, and later starts anew", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1_000_000 });
  const reader = new PulledReader();
  const counter = new MeterProvider({ readers: [reader], seriesTimeToLive: 60 })
    .getMeter("test")
    .createCounter("c");
  const collected = async (seconds: number) => {
    vi.advanceTimersByTime(seconds * 1_000);
    return metricsOf((await reader.collect()).resourceMetrics).flatMap(({ dataPoints }) =>
      [...dataPoints].map(({ attributes, value, startTime }) => [attributes["a"], value, startTime[0]]),
    );
  };
  counter.add(1, { a: "busy" });
  counter.add(2, { a: "idle" });
  expect(await collected(50)).toEqual([
    ["busy", 1, 1_000],
    ["idle", 2, 1_000],
  ]);
  counter.add(1, { a: "busy" });
  expect(await collected(50)).toEqual([
    ["busy", 2, 1_000],
    ["idle", 2, 1_000],
  ]);
  counter.add(1, { a: "busy" });
  expect(await collected(50)).toEqual([["busy", 3, 1_000]]);
  counter.add(5, { a: "idle" });
  expect(await collected(10)).toEqual([
    ["busy", 3, 1_000],
    ["idle", 5, 1_150],
  ]);
});

test.each([-3_600, 3_600])("a clock that is set by %i seconds changes no time to live", async (bySeconds) => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 10_000_000 });
  const reader = new PulledReader();
  const meter = new MeterProvider({ readers: [reader], seriesTimeToLive: 60 }).getMeter("test");
  meter.createCounter("c").add(1);
  let isObserved = true;
  meter.createObservableCounter("o").addCallback((result) => {
    if (isObserved) result.observe(1);
  });
  const sizes = async (): Promise<unknown> =>
    metricsOf((await reader.collect()).resourceMetrics).map(({ descriptor }) => descriptor.name);
  expect(await sizes()).toEqual(["c", "o"]);
  isObserved = false;
  vi.setSystemTime(Date.now() + bySeconds * 1_000);
  vi.advanceTimersByTime(50_000);
  expect(await sizes()).toEqual(["c"]);
  vi.advanceTimersByTime(20_000);
  expect(await sizes()).toEqual([]);
});

test("a series under a time to live stays while it is bound, and is removed after the release", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 0 });
  const reader = new PulledReader();
  const counter = new MeterProvider({ readers: [reader], seriesTimeToLive: 10 })
    .getMeter("test")
    .createCounter("c");
  const bound = counter.bind({ a: 1 });
  bound.add(1);
  const collected = async () => {
    vi.advanceTimersByTime(11_000);
    return pointsOf((await reader.collect()).resourceMetrics, "c");
  };
  for (let i = 0; i < 3; i++) expect(await collected()).toEqual([[{ a: 1 }, 1]]);
  bound.release();
  await collected();
  expect(await collected()).toEqual([]);
});

test("an exponential histogram has the finest scale that its view allows", async () => {
  const reader = new PulledReader();
  const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxScale: 3 } };
  const options = { readers: [reader], views: [{ instrumentName: "h", aggregation }] };
  const provider: MeterProvider = Reflect.construct(MeterProvider, [options]);
  provider.getMeter("test").createHistogram("h").record(5);
  expect(pointsOf((await reader.collect()).resourceMetrics, "h")).toMatchObject([[{}, { scale: 3 }]]);
});
