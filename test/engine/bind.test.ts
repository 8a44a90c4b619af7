// The specification's paragraph on bound instruments.
import { type Attributes, diag, ValueType } from "@opentelemetry/api";
import { AggregationType, createAllowListAttributesProcessor } from "tachymeter/metrics";
import { afterEach, expect, test } from "vitest";
import type { HistogramInstrument } from "../../src/engine/instruments/synchronous.ts";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import { callWith } from "../facades/call-with.ts";
import { deltaReader, OpenReader, ourProvider, pointsOf } from "./our-provider.ts";

afterEach(() => diag.disable());

test("a bound instrument records like the instrument with its attributes", async () => {
  const { meter, points } = ourProvider();
  const attributes = { a: 1, b: ["x"] };
  const counter = meter.createCounter("counter");
  const upDown = meter.createUpDownCounter("upDown");
  const histogram = meter.createHistogram("histogram");
  const gauge = meter.createGauge("gauge");
  counter.bind(attributes).add(2);
  counter.add(3, { b: ["x"], a: 1 });
  upDown.bind(attributes).add(-2);
  upDown.add(3, attributes);
  histogram.bind(attributes).record(2);
  histogram.record(3, attributes);
  gauge.record(3, attributes);
  gauge.bind(attributes).record(2);
  expect(await points("counter")).toEqual([[attributes, 5]]);
  expect(await points("upDown")).toEqual([[attributes, 1]]);
  expect(await points("histogram")).toMatchObject([[attributes, { count: 2, sum: 5, min: 2, max: 3 }]]);
  expect(await points("gauge")).toEqual([[attributes, 2]]);
});

test("changes of attributes after binding have no effect", async () => {
  const { meter, points } = ourProvider();
  const attributes = { a: 1 };
  const bound = meter.createCounter("c").bind(attributes);
  attributes.a = 2;
  bound.add(1);
  expect(await points("c")).toEqual([[{ a: 1 }, 1]]);
});

test("changes of objects in bound attributes have no effect, also for later readers", async () => {
  const { meter, provider } = ourProvider();
  const [where, list, text] = [{ rack: 1 }, [1], "ab"];
  const attributes: Attributes = { list };
  Reflect.set(attributes, "where", where);
  const counter = meter.createCounter("c");
  const bound = counter.bind(attributes);
  const boundText = callWith(counter, "bind", text);
  where.rack = 2;
  list.push(2);
  const late = deltaReader();
  provider.addReader(late);
  bound.add(1);
  callWith(Object(boundText), "add", 2);
  callWith(counter, "add", 3, text);
  expect(await pointsOf(late, "c")).toEqual([
    [{ list: [1], where: { rack: 1 } }, 1],
    [{}, 5],
  ]);
});

test("binding alone exports nothing", async () => {
  const { meter, collect } = ourProvider();
  meter.createCounter("c").bind({ a: 1 });
  meter.createHistogram("h").bind();
  meter.createGauge("g").bind();
  expect((await collect()).resourceMetrics.scopeMetrics).toEqual([]);
});

test("a binding keeps the series that it got when it was bound", async () => {
  const { meter, points } = ourProvider({ cardinalityLimit: 1 });
  const counter = meter.createCounter("c");
  const first = counter.bind({ i: 1 });
  const second = counter.bind({ i: 2 });
  first.add(1);
  second.add(2);
  expect(await points("c")).toEqual([
    [{ "otel.metric.overflow": true }, 2],
    [{ i: 1 }, 1],
  ]);
});

test("a bound series is kept in delta cycles without measurements", async () => {
  const { meter, points } = ourProvider({ cardinalityLimit: 1 }, deltaReader());
  const counter = meter.createCounter("c");
  const bound = counter.bind({ kept: true });
  for (let cycle = 0; cycle < 3; cycle++) {
    expect(await points("c")).toEqual([]);
    counter.add(1, { cycle });
    expect(await points("c")).toEqual([[{ "otel.metric.overflow": true }, 1]]);
  }
  bound.add(4);
  expect(await points("c")).toEqual([[{ kept: true }, 4]]);
});

test("a released series can be removed, and its handle still counts", async () => {
  const { meter, points } = ourProvider({ cardinalityLimit: 1 }, deltaReader());
  const counter = meter.createCounter("c");
  const bound = counter.bind({ kept: false });
  bound.release();
  bound.release();
  await points("c");
  counter.add(1, { other: true });
  bound.add(2);
  expect(await points("c")).toEqual([
    [{ "otel.metric.overflow": true }, 2],
    [{ other: true }, 1],
  ]);
  bound.add(3);
  await points("c");
  bound.add(3);
  expect(await points("c")).toEqual([[{ kept: false }, 3]]);
});

test("a handle records into all streams of all readers", async () => {
  const attributesProcessors = [createAllowListAttributesProcessor(["a"])];
  const views = [
    { instrumentName: "c", name: "filtered", attributesProcessors },
    { instrumentName: "c", name: "histogram", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
    { instrumentName: "c", name: "dropped", aggregation: { type: AggregationType.DROP } },
  ] as const;
  const readers = [new OpenReader(), deltaReader()];
  const provider = new MeterProvider({ readers, views: [...views] });
  const bound = provider.getMeter("test").createCounter("c").bind({ a: 1, b: 2 });
  bound.add(2);
  for (const reader of readers) expect(await pointsOf(reader, "filtered")).toEqual([[{ a: 1 }, 2]]);
  expect(await pointsOf(readers[0]!, "histogram")).toMatchObject([
    [
      { a: 1, b: 2 },
      { count: 1, sum: 2 },
    ],
  ]);
  bound.release();
  bound.add(1);
  for (const [i, total] of [3, 1].entries())
    expect(await pointsOf(readers[i]!, "filtered")).toEqual([[{ a: 1 }, total]]);
});

test("bound integer instruments cut off fractions too", async () => {
  const { meter, points } = ourProvider();
  const bound = meter.createGauge("g", { valueType: ValueType.INT }).bind();
  bound.record(2.9);
  bound.record(Infinity);
  expect(await points("g")).toEqual([[{}, 2]]);
});

test.each([
  AggregationType.DEFAULT,
  AggregationType.EXPONENTIAL_HISTOGRAM,
  AggregationType.SUM,
  AggregationType.LAST_VALUE,
])("a handle for nanoseconds records the same as one for seconds, with aggregation %s", async (type) => {
  const boundaries = [0, 1.5e-9, 0.001, 0.005, 0.1, 0.3, 1, 2.5, 10, 1e5];
  const views = [{ instrumentName: "*", aggregation: { type } }];
  const { meter, provider, points } = ourProvider({ views });
  const histogram = (name: string): HistogramInstrument =>
    meter.createHistogram(name, { unit: "s", advice: { explicitBucketBoundaries: boundaries } });
  const seconds = histogram("seconds").bind({});
  const inNanos = histogram("inNanos").bindWeakly({}, 1e9);
  const late = new OpenReader();
  const record = (nanos: number): void => {
    seconds.record(nanos / 1e9);
    inNanos.record(nanos);
  };
  for (const boundary of boundaries) {
    const nearest = Math.round(boundary * 1e9);
    for (const nanos of [nearest, nearest + 1, Math.max(nearest - 1, 0)]) record(nanos);
  }
  // More than 71 minutes, and than 104 days.
  record(2 ** 42 + 1);
  record(2 ** 54);
  record(-1);
  record(NaN);
  expect(await points("inNanos")).toEqual(await points("seconds"));
  provider.addReader(late);
  record(500);
  seconds.release();
  inNanos.release();
  record(1_500_000_000);
  for (const name of ["seconds", "inNanos"]) expect(await pointsOf(late, name)).toHaveLength(1);
  expect(await points("inNanos")).toEqual(await points("seconds"));
  expect(await pointsOf(late, "inNanos")).toEqual(await pointsOf(late, "seconds"));
});
