import { diag, ValueType } from "@opentelemetry/api";
import { createAllowListAttributesProcessor, MeterProvider } from "tachymeter/metrics";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deltaReader, pointsOf, PulledReader } from "./pulled.ts";

beforeEach(() => diag.disable());
afterEach(() => void vi.useRealTimers());

test("a bound instrument records as the unbound one does with its attributes", async () => {
  const reader = new PulledReader();
  const meter = new MeterProvider({ readers: [reader] }).getMeter("test");
  const attributes = { route: "/", tags: ["a", "b"] };
  const [counter, upDown] = [meter.createCounter("counter"), meter.createUpDownCounter("upDown")];
  const [histogram, gauge] = [meter.createHistogram("histogram"), meter.createGauge("gauge")];
  const whole = meter.createCounter("whole", { valueType: ValueType.INT });
  const bound = {
    counter: counter.bind(attributes),
    upDown: upDown.bind(attributes),
    histogram: histogram.bind(attributes),
    gauge: gauge.bind(attributes),
    whole: whole.bind(attributes),
  };
  counter.add(1, attributes);
  bound.counter.add(2);
  upDown.add(1, attributes);
  bound.upDown.add(-3);
  histogram.record(7, attributes);
  bound.histogram.record(8);
  bound.gauge.record(1);
  gauge.record(2, attributes);
  bound.whole.add(2.9);
  const { resourceMetrics } = await reader.collect();
  expect(pointsOf(resourceMetrics, "counter")).toEqual([[attributes, 3]]);
  expect(pointsOf(resourceMetrics, "upDown")).toEqual([[attributes, -2]]);
  expect(pointsOf(resourceMetrics, "histogram")).toMatchObject([
    [attributes, { count: 2, sum: 15, min: 7, max: 8 }],
  ]);
  expect(pointsOf(resourceMetrics, "gauge")).toEqual([[attributes, 2]]);
  expect(pointsOf(resourceMetrics, "whole")).toEqual([[attributes, 2]]);
});

test("a bound instrument that recorded nothing is not exported", async () => {
  for (const reader of [new PulledReader(), deltaReader()]) {
    const meter = new MeterProvider({ readers: [reader] }).getMeter("test");
    meter.createCounter("c").bind({ a: 1 });
    meter.createGauge("g").bind({ a: 1 });
    expect((await reader.collect()).resourceMetrics.scopeMetrics).toEqual([]);
  }
});

test("a bound instrument records to every reader and every stream of a view", async () => {
  const readers = [new PulledReader(), deltaReader()];
  const views = [
    { instrumentName: "c", name: "all" },
    {
      instrumentName: "c",
      name: "by route",
      attributesProcessors: [createAllowListAttributesProcessor(["route"])],
    },
  ];
  const counter = new MeterProvider({ readers, views }).getMeter("test").createCounter("c");
  const [first, second] = [counter.bind({ route: "/", user: 1 }), counter.bind({ user: 2, route: "/" })];
  first.add(1);
  second.add(2);
  for (const reader of readers) {
    const { resourceMetrics } = await reader.collect();
    expect(pointsOf(resourceMetrics, "all")).toEqual([
      [{ route: "/", user: 1 }, 1],
      [{ user: 2, route: "/" }, 2],
    ]);
    expect(pointsOf(resourceMetrics, "by route")).toEqual([[{ route: "/" }, 3]]);
  }
});

test("what a bound instrument was bound to at the limit is fixed", async () => {
  const reader = new PulledReader();
  const counter = new MeterProvider({ readers: [reader], cardinalityLimit: 2 })
    .getMeter("test")
    .createCounter("c");
  const [kept, alsoKept, late] = [1, 2, 3].map((user) => counter.bind({ user }));
  for (const bound of [kept!, alsoKept!, late!]) bound.add(1);
  counter.add(10, { user: 3 });
  const { resourceMetrics } = await reader.collect();
  expect(
    new Map(pointsOf(resourceMetrics, "c").map(([{ user }, value]) => [user ?? "overflow", value])),
  ).toEqual(
    new Map<unknown, unknown>([
      [1, 1],
      [2, 1],
      ["overflow", 11],
    ]),
  );
});

test("changing the attributes after they were bound changes nothing", async () => {
  const reader = new PulledReader();
  const counter = new MeterProvider({ readers: [reader] }).getMeter("test").createCounter("c");
  const attributes = { route: "/", tags: ["a"] };
  const bound = counter.bind(attributes);
  attributes.route = "/changed";
  attributes.tags.push("b");
  bound.add(1);
  expect(pointsOf((await reader.collect()).resourceMetrics, "c")).toEqual([[{ route: "/", tags: ["a"] }, 1]]);
});

test("a delta series that a bound instrument holds keeps its place while it is idle", async () => {
  const reader = deltaReader();
  const counter = new MeterProvider({ readers: [reader], cardinalityLimit: 1 })
    .getMeter("test")
    .createCounter("c");
  const bound = counter.bind({ user: 1 });
  const collected = async () => pointsOf((await reader.collect()).resourceMetrics, "c");
  bound.add(1);
  expect(await collected()).toEqual([[{ user: 1 }, 1]]);
  for (let i = 0; i < 3; i++) {
    counter.add(1, { user: 2 });
    expect(await collected()).toEqual([[{ "otel.metric.overflow": true }, 1]]);
  }
  bound.add(5);
  expect(await collected()).toEqual([[{ user: 1 }, 5]]);
  bound.release();
  await collected();
  counter.add(1, { user: 2 });
  expect(await collected()).toEqual([[{ user: 2 }, 1]]);
});

test("a released instrument still records, and may be released again", async () => {
  const reader = new PulledReader();
  const counter = new MeterProvider({ readers: [reader] }).getMeter("test").createCounter("c");
  const bound = counter.bind({ a: 1 });
  bound.add(1);
  bound.release();
  bound.release();
  bound.add(2);
  expect(pointsOf((await reader.collect()).resourceMetrics, "c")).toEqual([[{ a: 1 }, 3]]);
});

test("a series under a time to live stays as long as it is bound, and leaves after the release", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 0 });
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

test("a bound instrument of a dropped one does nothing", async () => {
  const reader = new PulledReader();
  const views = [{ instrumentName: "c", aggregation: { type: 1 } as const }];
  const counter = new MeterProvider({ readers: [reader], views }).getMeter("test").createCounter("c");
  const bound = counter.bind({ a: 1 });
  expect(() => {
    bound.add(1);
    bound.release();
  }).not.toThrow();
  expect((await reader.collect()).resourceMetrics.scopeMetrics).toEqual([]);
});
