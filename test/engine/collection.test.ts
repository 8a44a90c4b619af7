import { type Attributes, diag } from "@opentelemetry/api";
import { AggregationType, createAllowListAttributesProcessor } from "tachymeter/metrics";
import { afterEach, expect, test } from "vitest";
import { READING } from "../../src/engine/aggregation/exponential-reading.ts";
import type { CollectedMetric } from "../../src/engine/collection/collected-metric.ts";
import { resourceMetricsFrom } from "../../src/engine/collection/resource-metrics.ts";
import type { SeriesVisitor } from "../../src/engine/collection/series-source.ts";
import { deltaReader, OpenReader, ourProvider } from "./our-provider.ts";

afterEach(() => diag.disable());

/** Attributes and first cell of each series, walked in slices of `size`. */
function walked({ series }: CollectedMetric, size: number): [Attributes, number][] {
  const seen: [Attributes, number][] = [];
  const visitor: SeriesVisitor = {
    series: (cells, offset, row) => void seen.push([series.attributesOf(row), cells[offset]!]),
  };
  for (let from = 0; from < series.length; from += size) series.visit(from, from + size, visitor);
  return seen;
}

test.each([1, 3, 100, 10_000])("a walk in slices of %i visits each series once", async (size) => {
  const { meter, reader } = ourProvider({ cardinalityLimit: 500 });
  const counter = meter.createCounter("c");
  for (let i = 0; i < 600; i++) counter.add(i, { i });
  const { metrics } = await reader.producer.collectSeries();
  const [metric] = metrics;
  expect(metrics).toHaveLength(1);
  expect(metric).toMatchObject({ kind: "sum", isMonotonic: true, scope: { name: "test" } });
  const expected: [Attributes, number][] = [
    [{ "otel.metric.overflow": true }, (599 * 600 - 499 * 500) / 2],
    ...Array.from({ length: 500 }, (_, i): [Attributes, number] => [{ i }, i]),
  ];
  expect(walked(metric!, size)).toEqual(expected);
});

test("the pairs of a series have the interner's ids", async () => {
  const { meter, reader } = ourProvider();
  meter.createCounter("c").add(1, { a: 1, b: "x" });
  meter.createCounter("d").add(1, { b: "x" });
  const { metrics, interner } = await reader.producer.collectSeries();
  const ids = metrics.map(({ series }) => {
    const found: number[] = [];
    series.visit(0, series.length, {
      series(_cells, _offset, row) {
        const pairs = new Int32Array(4);
        found.push(...pairs.subarray(0, series.pairsOf(row, pairs)));
      },
    });
    return found;
  });
  expect(ids[0]!.map((id) => [interner.keyOf(id), interner.valueOf(id)])).toEqual([
    ["a", 1],
    ["b", "x"],
  ]);
  expect(ids[1]).toEqual([ids[0]![1]]);
});

test("a delta collection stays valid until the next one, even if its rows are reused", async () => {
  const { meter, reader } = ourProvider({ cardinalityLimit: 2 }, deltaReader());
  const counter = meter.createCounter("c");
  counter.add(1, { i: 1 });
  counter.add(2, { i: 2 });
  const { metrics } = await reader.producer.collectSeries();
  counter.add(3, { i: 3 });
  counter.add(4, { i: 4 });
  expect(walked(metrics[0]!, 10)).toEqual([
    [{ i: 1 }, 1],
    [{ i: 2 }, 2],
  ]);
  const next = await reader.producer.collectSeries();
  expect(new Map(walked(next.metrics[0]!, 10).map(([{ i }, value]) => [i, value]))).toEqual(
    new Map([
      [3, 3],
      [4, 4],
    ]),
  );
});

test("cells of histograms have the values of their points", async () => {
  const exponential = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
  const views = [{ instrumentName: "e", aggregation: exponential }];
  for (const of of [undefined, deltaReader()]) {
    const { meter, reader } = ourProvider({ views }, of);
    const advice = { explicitBucketBoundaries: [1, 2] };
    for (const name of ["h", "e"])
      for (const value of [0, 1, 3]) meter.createHistogram(name, { advice }).record(value);
    const { metrics } = await reader.producer.collectSeries();
    const cells = metrics.map(({ series }) => {
      const found: number[][] = [];
      series.visit(0, series.length, {
        series: (at, offset) => void found.push([...at.subarray(offset, offset + 10)]),
      });
      return found[0]!;
    });
    expect(metrics.map(({ kind }) => kind)).toEqual(["histogram", "exponentialHistogram"]);
    expect(cells[0]!.slice(0, 7)).toEqual([3, 4, 0, 3, 2, 0, 1]);
    expect(cells[1]!.slice(0, READING.zeroCount + 1)).toEqual([3, 4, 0, 3, 1]);
  }
});

test("a synchronous collection leaves out asynchronous callbacks, without side effects", async () => {
  const { meter, reader } = ourProvider({ sdkMetricsEnabled: true });
  meter.createCounter("counter").add(1);
  meter.createObservableGauge("sync").addCallback((result) => result.observe(2));
  const asynchronous = meter.createObservableGauge("async");
  let calls = 0;
  asynchronous.addCallback(async (result) => {
    calls++;
    result.observe(3);
  });
  asynchronous.addCallback(() => {
    throw new Error("broken");
  });
  const collection = reader.producer.collectSync();
  expect(collection.errors).toEqual([new Error("broken")]);
  const names = collection.metrics.map(({ descriptor }) => descriptor.name);
  expect(names).toEqual(["counter", "sync", "telemetry.dropped"]);
  expect(resourceMetricsFrom(collection).scopeMetrics[0]?.metrics).toHaveLength(2);
  reader.producer.collectSync();
  expect(calls).toBe(1);
  const { metrics } = await reader.producer.collectSeries();
  expect(metrics.map(({ descriptor }) => descriptor.name)).toContain("async");
});

test("a synchronous collection during an asynchronous one takes nothing from it", async () => {
  const { meter, reader } = ourProvider({}, deltaReader());
  let release = (): void => {};
  const counter = meter.createObservableCounter("c");
  counter.addCallback(async (result) => {
    result.observe(10, { by: "async" });
    await new Promise<void>((resolve) => (release = resolve));
  });
  counter.addCallback((result) => result.observe(5, { by: "sync" }));
  const later = reader.producer.collectSeries();
  const now = reader.producer.collectSync();
  expect(walked(now.metrics[0]!, 10)).toEqual([[{ by: "sync" }, 5]]);
  release();
  expect(walked((await later).metrics[0]!, 10)).toEqual([
    [{ by: "async" }, 10],
    [{ by: "sync" }, 0],
  ]);
});

const without = { instrumentName: "c", attributesProcessors: [createAllowListAttributesProcessor([])] };

test.each([
  ["deltas", deltaReader, [], 100, [8, 0]],
  ["cumulative totals", () => new OpenReader(), [], 100, [8, 8]],
  ["deltas of joined series", deltaReader, [without], 100, [8, 0]],
  ["cumulative totals of joined series", () => new OpenReader(), [without], 100, [8, 8]],
  ["deltas of the overflow series", deltaReader, [], 1, [8, 0]],
  ["cumulative totals of the overflow series", () => new OpenReader(), [], 1, [8, 8]],
] as const)(
  "a total that a synchronous collection has overtaken is not a reset: %s",
  async (_, makeReader, views, cardinalityLimit, expected) => {
    const { meter, reader } = ourProvider({ views: [...views], cardinalityLimit }, makeReader());
    const totals = [5, 8];
    const counter = meter.createObservableCounter("c");
    counter.addCallback((result) => result.observe(0, { first: true }));
    counter.addCallback((result) => result.observe(totals.shift()!, { a: 1 }));
    let release = (): void => {};
    counter.addCallback(() => new Promise<void>((resolve) => (release = resolve)));
    const later = reader.producer.collectSeries();
    const totalIn = ({ metrics }: { metrics: readonly CollectedMetric[] }) =>
      walked(metrics[0]!, 10).reduce((sum, [, value]) => sum + value, 0);
    const now = totalIn(reader.producer.collectSync());
    release();
    expect([now, totalIn(await later)]).toEqual(expected);
  },
);

test("observations of a running callback keep their rows through further collections", async () => {
  const { meter, reader, points } = ourProvider({ cardinalityLimit: 1, seriesTimeToLive: 1e-6 });
  const gauge = meter.createObservableGauge("g");
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isMeanwhile = false;
  gauge.addCallback(async (result) => {
    result.observe(1, { k: 1 });
    await released;
  });
  gauge.addCallback((result) => {
    if (isMeanwhile) result.observe(2, { k: 2 });
  });
  const first = points("g");
  isMeanwhile = true;
  const overflow = { "otel.metric.overflow": true };
  for (let i = 0; i < 3; i++)
    expect(walked(reader.producer.collectSync().metrics[0]!, 10)).toEqual([[overflow, 2]]);
  isMeanwhile = false;
  release();
  expect(await first).toEqual([[{ k: 1 }, 1]]);
});
