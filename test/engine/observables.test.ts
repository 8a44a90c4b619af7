// The specification's rules for asynchronous instruments that upstream's provider breaks or leaves open.
import { diag } from "@opentelemetry/api";
import { AggregationType, createAllowListAttributesProcessor, TimeoutError } from "tachymeter/metrics";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { deltaReader, metricsOf, OpenReader, ourProvider, pointsOf } from "./our-provider.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  diag.disable();
});

const overflow = { "otel.metric.overflow": true };

test("observations are made only for the reader that collects", async () => {
  const readers = [new OpenReader(), deltaReader()];
  const meter = new MeterProvider({ readers }).getMeter("test");
  let calls = 0;
  meter.createObservableCounter("c").addCallback((result) => result.observe(++calls));
  expect(await pointsOf(readers[0]!, "c")).toEqual([[{}, 1]]);
  expect(await pointsOf(readers[0]!, "c")).toEqual([[{}, 2]]);
  expect(await pointsOf(readers[1]!, "c")).toEqual([[{}, 3]]);
});

test.each([
  ["cumulative", new OpenReader(), 18],
  ["delta", deltaReader(), 12],
])(
  "sums that a view makes equal are added up for a %s reader, last values are not",
  async (_, reader, second) => {
    const attributesProcessors = [createAllowListAttributesProcessor(["host"])];
    const { meter, points } = ourProvider({ views: [{ instrumentName: "*", attributesProcessors }] }, reader);
    let total = 0;
    meter.createObservableCounter("c").addCallback((result) => {
      total = 2 * total + 1;
      for (const pid of [1, 2, 3]) result.observe(total * pid, { host: "a", pid });
    });
    meter.createObservableGauge("g").addCallback((result) => {
      for (const pid of [1, 2, 3]) result.observe(pid, { host: "a", pid });
    });
    expect(await points("c")).toEqual([[{ host: "a" }, 6]]);
    expect(await points("c")).toEqual([[{ host: "a" }, second]]);
    expect(await points("g")).toEqual([[{ host: "a" }, 3]]);
  },
);

test("the growth of an infinite sum is 0, not NaN", async () => {
  const { meter, points } = ourProvider({ cardinalityLimit: 1 }, deltaReader());
  meter.createObservableUpDownCounter("c").addCallback((result) => {
    for (let i = 0; i < 3; i++) result.observe(Number.MAX_VALUE, { i });
  });
  expect(await points("c")).toEqual([
    [overflow, Infinity],
    [{ i: 0 }, Number.MAX_VALUE],
  ]);
  expect(await points("c")).toEqual([
    [overflow, 0],
    [{ i: 0 }, 0],
  ]);
});

test("everything beyond the limit is added up, and the first observed sets have series", async () => {
  const { meter, points } = ourProvider({ cardinalityLimit: 4 });
  meter.createObservableCounter("c").addCallback((result) => {
    for (let i = 0; i < 10; i++) result.observe(1, { i });
  });
  for (let cycle = 0; cycle < 3; cycle++) {
    expect(await points("c")).toEqual([[overflow, 6], ...[0, 1, 2, 3].map((i) => [{ i }, 1])]);
  }
});

test("each collection may have as many sets as the limit, whatever was observed before", async () => {
  const { meter, points } = ourProvider({ cardinalityLimit: 3 });
  let from = 0;
  meter.createObservableGauge("g").addCallback((result) => {
    for (let i = from; i < from + 3; i++) result.observe(i, { i });
  });
  for (from of [0, 3, 2]) {
    const values = (await points("g")).map(([, value]) => Number(value));
    expect(values.toSorted((a, b) => a - b)).toEqual([from, from + 1, from + 2]);
  }
});

test("observations that replace series no longer observed have not overflowed", async () => {
  const { provider, meter, points } = ourProvider({ cardinalityLimit: 1 });
  let keys = ["a"];
  meter.createObservableCounter("c").addCallback((result) => {
    for (const key of keys) result.observe(1, { key });
  });
  await points("c");
  keys = ["b"];
  expect(await points("c")).toEqual([[{ key: "b" }, 1]]);
  expect(provider.cardinality()).toMatchObject([{ series: 1, overflowed: false }]);
  keys = ["a", "b"];
  expect(await points("c")).toEqual([
    [overflow, 0],
    [{ key: "b" }, 1],
  ]);
  expect(provider.cardinality()).toMatchObject([{ series: 1, overflowed: true }]);
});

test("a series that is not observed is not exported, and keeps its start and its total", async () => {
  vi.setSystemTime(1_000);
  const readers = [new OpenReader(), deltaReader()];
  const meter = new MeterProvider({ readers }).getMeter("test");
  let observed: number | undefined = 100;
  meter.createObservableCounter("c").addCallback((result) => {
    if (observed !== undefined) result.observe(observed);
  });
  const [cumulative, delta] = readers;
  expect([await pointsOf(cumulative!, "c"), await pointsOf(delta!, "c")]).toEqual([[[{}, 100]], [[{}, 100]]]);
  observed = undefined;
  vi.setSystemTime(2_000);
  expect([await pointsOf(cumulative!, "c"), await pointsOf(delta!, "c")]).toEqual([[], []]);
  observed = 120;
  vi.setSystemTime(3_000);
  const [sum] = await metricsOf(cumulative!);
  expect(sum?.dataPoints).toMatchObject([{ value: 120, startTime: [1, 0], endTime: [3, 0] }]);
  const [difference] = await metricsOf(delta!);
  expect(difference?.dataPoints).toMatchObject([{ value: 20, startTime: [2, 0], endTime: [3, 0] }]);
});

test("a cumulative series starts with its instrument, or with the collection before it was first observed", async () => {
  vi.setSystemTime(1_000);
  const { meter, reader } = ourProvider();
  const seen = [1];
  meter.createObservableCounter("c").addCallback((result) => {
    for (const i of seen) result.observe(1, { i });
  });
  const starts = async (): Promise<unknown> =>
    (await metricsOf(reader))[0]?.dataPoints.map(({ attributes, startTime }) => [
      attributes["i"],
      startTime[0],
    ]);
  vi.setSystemTime(2_000);
  expect(await starts()).toEqual([[1, 1]]);
  seen.push(2);
  vi.setSystemTime(3_000);
  const expected = [
    [1, 1],
    [2, 2],
  ];
  expect(await starts()).toEqual(expected);
  vi.setSystemTime(4_000);
  expect(await starts()).toEqual(expected);
});

test("a delta point starts with the collection before it, or with its instrument", async () => {
  vi.setSystemTime(1_000);
  const { meter, reader } = ourProvider({}, deltaReader());
  const counter = meter.createCounter("c");
  const times = async (): Promise<unknown> =>
    (await metricsOf(reader))[0]?.dataPoints.map(({ startTime, endTime }) => [startTime[0], endTime[0]]);
  vi.setSystemTime(2_000);
  counter.add(1);
  vi.setSystemTime(3_000);
  expect(await times()).toEqual([[1, 3]]);
  counter.add(1, { late: true });
  counter.add(1);
  vi.setSystemTime(4_000);
  expect(await times()).toEqual([
    [3, 4],
    [3, 4],
  ]);
});

test("an observed series that was idle for its time to live starts at 0", async () => {
  vi.setSystemTime(0);
  const { meter, reader, provider } = ourProvider({ seriesTimeToLive: 10 });
  let isObserved = true;
  meter.createObservableCounter("c").addCallback((result) => {
    if (isObserved) result.observe(7);
  });
  await metricsOf(reader);
  isObserved = false;
  vi.advanceTimersByTime(9_000);
  await metricsOf(reader);
  expect(provider.cardinality()).toMatchObject([{ series: 1 }]);
  vi.advanceTimersByTime(2_000);
  await metricsOf(reader);
  expect(provider.cardinality()).toMatchObject([{ series: 0 }]);
  isObserved = true;
  vi.advanceTimersByTime(1_000);
  expect((await metricsOf(reader))[0]?.dataPoints).toMatchObject([{ value: 0, startTime: [11, 0] }]);
});

test("a reader's histogram for observable instruments is ignored, with a warning", async () => {
  const aggregationSelector = () => ({ type: AggregationType.EXPONENTIAL_HISTOGRAM }) as const;
  const { meter, points } = ourProvider({}, new OpenReader(undefined, { aggregationSelector }));
  const warnings = collectWarnings();
  meter.createObservableGauge("g").addCallback((result) => result.observe(5));
  expect(await points("g")).toEqual([[{}, 5]]);
  expect(warnings).toEqual([
    "reader: aggregation for OBSERVABLE_GAUGE is ignored: observable instruments cannot have histograms",
  ]);
});

test("a callback that hangs is not called again", async () => {
  const { meter, reader } = ourProvider();
  let calls = 0;
  meter.createObservableGauge("g").addCallback(async () => {
    calls++;
    await new Promise(() => {});
  });
  for (let i = 0; i < 12; i++) {
    const collection = reader.collect({ timeoutMillis: 100 });
    await vi.advanceTimersByTimeAsync(100);
    expect((await collection).errors).toEqual([expect.any(TimeoutError)]);
  }
  expect(calls).toBe(1);
});

test("a collection without a time-out has the default one", async () => {
  const { meter, reader } = ourProvider();
  meter.createObservableGauge("g").addCallback(async () => new Promise(() => {}));
  const collection = reader.collect();
  await vi.advanceTimersByTimeAsync(30_000);
  expect((await collection).errors).toEqual([expect.any(TimeoutError)]);
});
