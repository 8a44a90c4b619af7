import { type Attributes, diag } from "@opentelemetry/api";
import {
  AggregationTemporality,
  AggregationType,
  MeterProvider,
  type ResourceMetrics,
} from "tachymeter/metrics";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { mergeCollections } from "../../src/engine/collection/merge-collections.ts";
import { deltaReader, metricsOf, pointsOf, PulledReader } from "./pulled.ts";

beforeEach(() => diag.disable());
afterEach(() => void vi.useRealTimers());

test("series with the same metric and attributes are merged, others are side by side", async () => {
  const left = await collected((provider) => {
    provider.getMeter("a").createCounter("both").add(1, { x: 1, y: "2" });
    provider.getMeter("a").createCounter("both").add(1, { x: "1" });
    provider.getMeter("a").createUpDownCounter("kinds").add(1);
    provider.getMeter("b").createCounter("left").add(1);
    provider
      .getMeter("b", "1", { attributes: { shard: 1 } })
      .createCounter("sharded")
      .add(1);
  });
  const right = await collected((provider) => {
    provider.getMeter("a").createCounter("Both").add(2, { y: "2", x: 1 });
    provider.getMeter("a").createCounter("Both").add(2, { x: 1 });
    provider.getMeter("a").createCounter("kinds").add(2);
    provider.getMeter("c").createCounter("right").add(2);
    provider
      .getMeter("b", "1", { attributes: { shard: 2 } })
      .createCounter("sharded")
      .add(2);
  });
  const merged = mergeCollections(left, right);
  expect(pointsOf(merged, "both")).toEqual([
    [{ x: 1, y: "2" }, 3],
    [{ x: "1" }, 1],
    [{ x: 1 }, 2],
  ]);
  expect(pointsOf(merged, "kinds")).toEqual([
    [{}, 1],
    [{}, 2],
  ]);
  expect(merged.scopeMetrics.map(({ scope, metrics }) => [scope.name, metrics.length])).toEqual([
    ["a", 3],
    ["b", 1],
    ["b", 1],
    ["c", 1],
    ["b", 1],
  ]);
  expect(merged.resource).toBe(left.resource);
});

test("the gauge that was collected later wins, in any order", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 0 });
  const early = await collected((provider) => provider.getMeter("a").createGauge("g").record(9));
  vi.advanceTimersByTime(1);
  const late = await collected((provider) => provider.getMeter("a").createGauge("g").record(3));
  expect(pointsOf(mergeCollections(early, late), "g")).toEqual([[{}, 3]]);
  expect(pointsOf(mergeCollections(late, early), "g")).toEqual([[{}, 3]]);
});

test("a merged point has the earlier start and the later end", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 5_000 });
  const left = await collected((provider) => {
    provider.getMeter("a").createCounter("c").add(1);
    vi.advanceTimersByTime(10_000);
  });
  vi.setSystemTime(7_000);
  const right = await collected((provider) => {
    provider.getMeter("a").createCounter("c").add(1);
    vi.advanceTimersByTime(1_000);
  });
  for (const merged of [mergeCollections(left, right), mergeCollections(right, left)]) {
    expect(metricsOf(merged)[0]?.dataPoints).toMatchObject([
      { startTime: [5, 0], endTime: [15, 0], value: 2 },
    ]);
  }
});

test("histograms of different scale and exemplars are merged too", async () => {
  const [left, right] = await Promise.all(
    [
      [1, 2],
      [1e-9, 1e9],
    ].map((values) =>
      collected(
        (provider) => {
          const histogram = provider.getMeter("a").createHistogram("exponential");
          for (const value of values) histogram.record(value);
        },
        { exemplarFilter: "always_on" },
      ),
    ),
  );
  const merged = mergeCollections(left!, right!);
  const all = await collected((provider) => {
    const histogram = provider.getMeter("a").createHistogram("exponential");
    for (const value of [1, 2, 1e-9, 1e9]) histogram.record(value);
  });
  expect(pointsOf(merged, "exponential")).toEqual(pointsOf(all, "exponential"));
  const [point]: readonly { readonly exemplars?: readonly unknown[] | undefined; readonly value: unknown }[] =
    metricsOf(merged)[0]!.dataPoints;
  expect(point?.exemplars).toHaveLength(4);
});

test("delta and cumulative metrics are not added up", async () => {
  const delta = await collected(
    (provider) => provider.getMeter("a").createCounter("c").add(1),
    {},
    deltaReader(),
  );
  const cumulative = await collected((provider) => provider.getMeter("a").createCounter("c").add(2));
  const temporalities = metricsOf(mergeCollections(delta, cumulative)).map(
    (metric) => metric.aggregationTemporality,
  );
  expect(temporalities).toEqual([AggregationTemporality.DELTA, AggregationTemporality.CUMULATIVE]);
});

test("histograms with different boundaries throw", async () => {
  const [left, right] = await Promise.all(
    [[1], [2]].map((explicitBucketBoundaries) =>
      collected((provider) =>
        provider.getMeter("a").createHistogram("h", { advice: { explicitBucketBoundaries } }).record(1),
      ),
    ),
  );
  expect(() => mergeCollections(left!, right!)).toThrow("must have equal boundaries");
});

test("merging changes neither collection, and merges their overflow series", async () => {
  const [left, right] = await Promise.all(
    [1, 2].map((amount) =>
      collected(
        (provider) => {
          const counter = provider.getMeter("a").createCounter("c");
          for (let user = 0; user < 5; user++) counter.add(amount, { user });
        },
        { cardinalityLimit: 2 },
      ),
    ),
  );
  const before = structuredClone([metricsOf(left!), metricsOf(right!)]);
  const merged: [Attributes, unknown][] = pointsOf(mergeCollections(left!, right!), "c");
  expect(merged).toContainEqual([{ "otel.metric.overflow": true }, 9]);
  expect(merged).toHaveLength(3);
  expect([metricsOf(left!), metricsOf(right!)]).toEqual(before);
});

async function collected(
  record: (provider: MeterProvider) => void,
  options: object = {},
  reader = new PulledReader(),
): Promise<ResourceMetrics> {
  const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
  const provider = new MeterProvider({
    readers: [reader],
    views: [{ instrumentName: "exponential", aggregation }],
    ...options,
  });
  record(provider);
  return (await reader.collect()).resourceMetrics;
}
