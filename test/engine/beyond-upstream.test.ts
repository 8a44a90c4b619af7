// What our provider does beyond upstream's.
import { diag } from "@opentelemetry/api";
import {
  AggregationType,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  DataPointType,
  MeterProvider,
  type ViewOptions,
} from "tachymeter/metrics";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { collectWarnings } from "../collect-warnings.ts";
import { deltaReader, metricsOf, pointsOf, PulledReader } from "./pulled.ts";

beforeEach(() => diag.disable());
afterEach(() => {
  vi.useRealTimers();
  diag.disable();
});

test("meters whose scope attributes differ are different, in whatever order they are the same", async () => {
  const reader = new PulledReader();
  const provider = new MeterProvider({ readers: [reader] });
  const shard = provider.getMeter("a", "1", { attributes: { shard: 1, zone: "b" } });
  expect(provider.getMeter("a", "1", { attributes: { zone: "b", shard: 1 } })).toBe(shard);
  expect(provider.getMeter("a", "1", { attributes: { zone: "b", shard: "1" } })).not.toBe(shard);
  expect(provider.getMeter("a", "1")).not.toBe(shard);
  shard.createCounter("c").add(1);
  const { resourceMetrics } = await reader.collect();
  expect(resourceMetrics.scopeMetrics[0]?.scope).toMatchObject({
    name: "a",
    attributes: { shard: 1, zone: "b" },
  });
});

test("a name in another case is the first one's instrument, and said", async () => {
  const reader = new PulledReader();
  const meter = new MeterProvider({ readers: [reader] }).getMeter("test");
  const warnings = collectWarnings();
  meter.createCounter("requestCount").add(1);
  meter.createCounter("RequestCount").add(2);
  meter.createHistogram("REQUESTCOUNT").record(3);
  expect(warnings.length).toBeGreaterThanOrEqual(2);
  const { resourceMetrics } = await reader.collect();
  expect(metricsOf(resourceMetrics).map(({ descriptor }) => descriptor.name)).toEqual([
    "requestCount",
    "requestCount",
  ]);
  expect(pointsOf(resourceMetrics, "requestCount")[0]).toEqual([{}, 3]);
});

test("the advice which attributes to keep is heeded, unless a view says otherwise", async () => {
  const reader = new PulledReader();
  const views = [
    { instrumentName: "described", description: "by a view" },
    { instrumentName: "filtered", attributesProcessors: [createAllowListAttributesProcessor(["b"])] },
  ];
  const meter = new MeterProvider({ readers: [reader], views }).getMeter("test");
  const options: object = { advice: { attributes: ["a"] } };
  for (const name of ["alone", "described", "filtered"])
    meter.createCounter(name, options).add(1, { a: 1, b: 2 });
  const { resourceMetrics } = await reader.collect();
  expect(pointsOf(resourceMetrics, "alone")).toEqual([[{ a: 1 }, 1]]);
  expect(pointsOf(resourceMetrics, "described")).toEqual([[{ a: 1 }, 1]]);
  expect(pointsOf(resourceMetrics, "filtered")).toEqual([[{ b: 2 }, 1]]);
});

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

test("a reader that is added sees the instruments that exist, and all meters feed it", async () => {
  const first = new PulledReader();
  const provider = new MeterProvider({ readers: [first] });
  const meter = provider.getMeter("test");
  const counter = meter.createCounter("c");
  const bound = counter.bind({ bound: true });
  meter.createObservableGauge("g").addCallback((result) => result.observe(7));
  counter.add(1);
  const readers = [new PulledReader(), deltaReader()];
  for (const reader of readers) provider.addReader(reader);
  counter.add(2);
  bound.add(4);
  const [cumulative, delta] = await Promise.all(readers.map((reader) => reader.collect()));
  expect(pointsOf(cumulative!.resourceMetrics, "c")).toEqual([
    [{ bound: true }, 4],
    [{}, 3],
  ]);
  expect(pointsOf(delta!.resourceMetrics, "c")).toEqual(
    expect.arrayContaining([
      [{}, 2],
      [{ bound: true }, 4],
    ]),
  );
  expect(pointsOf(delta!.resourceMetrics, "g")).toEqual([[{}, 7]]);
  expect(() => provider.addReader(first)).toThrow("bound");
  await provider.shutdown();
  expect(readers.map(({ shutdowns }) => shutdowns)).toEqual([1, 1]);
});

test("the provider's limit holds where neither a view nor a reader gives one", async () => {
  const readers = [new PulledReader(), new PulledReader({ cardinalitySelector: () => 4 })];
  const views = [{ instrumentName: "viewed", aggregationCardinalityLimit: 2 }];
  const provider = new MeterProvider({ readers, views, cardinalityLimit: 3 });
  const meter = provider.getMeter("test");
  const [plain, viewed] = [meter.createCounter("plain"), meter.createCounter("viewed")];
  for (let i = 0; i < 10; i++) {
    plain.add(1, { i });
    viewed.add(1, { i });
  }
  const counts = await Promise.all(
    readers.map(async (reader) => {
      const { resourceMetrics } = await reader.collect();
      return ["plain", "viewed"].map((name) => pointsOf(resourceMetrics, name).length);
    }),
  );
  expect(counts).toEqual([
    [4, 3],
    [5, 3],
  ]);
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

test("cardinality() tells how many series each stream has, and which attribute makes them many", async () => {
  const provider = new MeterProvider({ readers: [new PulledReader()], cardinalityLimit: 5 });
  const meter = provider.getMeter("shop");
  const counter = meter.createCounter("orders");
  for (let i = 0; i < 9; i++) counter.add(1, { customer: i, paid: i % 2 === 0 });
  meter.createGauge("empty");
  meter.createHistogram("plain").record(1);
  expect(provider.cardinality()).toEqual([
    {
      scope: "shop",
      instrument: "orders",
      series: 5,
      limit: 5,
      overflowed: true,
      widestAttribute: { key: "customer", values: 5 },
    },
    { scope: "shop", instrument: "empty", series: 0, limit: 5, overflowed: false },
    { scope: "shop", instrument: "plain", series: 1, limit: 5, overflowed: false },
  ]);
});

test("a series that is idle for its time to live leaves, and starts anew when it comes back", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
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

test("streams of one name from two views are both exported, and said", async () => {
  const warnings = collectWarnings();
  const reader = new PulledReader();
  const views: ViewOptions[] = [
    { instrumentName: "*", attributesProcessors: [createAllowListAttributesProcessor(["a"])] },
    { instrumentName: "c", aggregation: { type: AggregationType.LAST_VALUE } },
  ];
  const meter = new MeterProvider({ readers: [reader], views }).getMeter("test");
  meter.createCounter("c").add(3, { a: 1, b: 2 });
  expect(warnings).toEqual([expect.stringContaining('"c"')]);
  expect(pointsOf((await reader.collect()).resourceMetrics, "c")).toEqual([
    [{ a: 1 }, 3],
    [{ a: 1, b: 2 }, 3],
  ]);
});

test("a conflict is told with the view that would mend it", () => {
  const warnings = collectWarnings();
  const meter = new MeterProvider({ readers: [new PulledReader()] }).getMeter("test");
  meter.createCounter("jobs");
  meter.createHistogram("jobs");
  expect(warnings).toEqual([expect.stringMatching(/view.*instrumentName.*jobs/s)]);
});

test("composable views make one stream of each name, of which the later settings win and all filters hold", async () => {
  const reader = new PulledReader();
  const views: ViewOptions[] = [
    { instrumentName: "*", attributesProcessors: [createDenyListAttributesProcessor(["user"])] },
    {
      meterName: "test",
      description: "of the meter",
      aggregation: { type: AggregationType.SUM },
    },
    { instrumentName: "h", name: "named", aggregation: { type: AggregationType.LAST_VALUE } },
    { instrumentName: "h", name: "other", description: "of the view" },
    { instrumentName: "h", attributesProcessors: [createAllowListAttributesProcessor(["route", "user"])] },
  ];
  const provider = new MeterProvider({ readers: [reader], views, viewMatchingMode: "composable" });
  const meter = provider.getMeter("test");
  const attributes = { route: "/", user: 1, shard: 2 };
  for (const value of [2, 3]) meter.createHistogram("h").record(value, attributes);
  meter.createCounter("c").add(1, attributes);
  const { resourceMetrics } = await reader.collect();
  const told = metricsOf(resourceMetrics).map(({ descriptor, dataPointType, dataPoints }) => [
    descriptor.name,
    descriptor.description,
    dataPointType,
    dataPoints[0]?.attributes,
    dataPoints[0]?.value,
  ]);
  expect(told).toEqual([
    ["named", "of the meter", DataPointType.GAUGE, { route: "/" }, 3],
    ["other", "of the view", DataPointType.SUM, { route: "/" }, 5],
    ["c", "of the meter", DataPointType.SUM, { route: "/", shard: 2 }, 1],
  ]);
});

test("an unknown view matching mode and other bad options are refused at once, all of them", () => {
  const options: object = {
    viewMatchingMode: "both",
    exemplarFilter: "some",
    cardinalityLimit: 0,
    seriesTimeToLive: -1,
  };
  expect(() => new MeterProvider(options)).toThrow(
    /cardinalityLimit is 0.*seriesTimeToLive is -1.*exemplarFilter is some.*viewMatchingMode is both/s,
  );
});

test("an exponential histogram is as fine as its view lets it be", async () => {
  const reader = new PulledReader();
  const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxScale: 3 } };
  const options = { readers: [reader], views: [{ instrumentName: "h", aggregation }] };
  const provider: MeterProvider = Reflect.construct(MeterProvider, [options]);
  provider.getMeter("test").createHistogram("h").record(5);
  expect(pointsOf((await reader.collect()).resourceMetrics, "h")).toMatchObject([[{}, { scale: 3 }]]);
});
