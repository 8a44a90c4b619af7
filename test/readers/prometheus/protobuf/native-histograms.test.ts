import { expect, test } from "vitest";
import { exponentialHistogram, gauge, resourceMetrics, scope } from "../../resource-metrics.ts";
import { exponential, histogramOf, read, withoutSum } from "./read-protobuf.ts";
import { rendered, renderedBytes } from "../rendered.ts";

test("empty buckets between populated ones are skipped by a span if that is shorter", async () => {
  const positive = [3, 10, 0, 0, 20, 0, 0, 0, 5];
  const { native } = histogramOf(
    (await read([exponentialHistogram({ name: "e" }, exponential({ positive }))]))[0],
  );
  expect(native?.spans).toEqual(["4+4", "3+1"]);
  expect(native?.positive).toEqual({ 4: 10, 7: 20, 11: 5 });
});

test("a histogram without measurements is still a native one", async () => {
  const [family] = await read([
    exponentialHistogram({ name: "e" }, exponential({ positive: [0], zeroCount: 0 })),
  ]);
  expect(histogramOf(family)).toEqual({
    count: 0,
    sum: 1.5,
    classic: [],
    native: { schema: 8, zeroThreshold: 1e-128, zeroCount: 0, spans: ["0+0"], positive: {}, negative: {} },
  });
});

test("the resolution does not rise with the first measurement beside zeros, which would be a reset", async () => {
  const schemas = [
    exponential({ scale: 0, positive: [0], zeroCount: 1_000 }),
    exponential({ scale: 20, positive: [2_434_718, 1], zeroCount: 1_000 }),
    exponential({ scale: 5, positive: [74, 1, 1], zeroCount: 1_000 }),
  ].map(async (value) => histogramOf((await read([exponentialHistogram({ name: "e" }, value)]))[0]).native);
  expect((await Promise.all(schemas)).map((native) => native?.schema)).toEqual([8, 8, 5]);
});

test("a scale above 8 is lowered to it", async () => {
  const value = exponential({ scale: 10, positive: [-5, 1, 2, 3, 4, 5, 6], negative: [3, 7, 8] });
  const { native } = histogramOf((await read([exponentialHistogram({ name: "e" }, value)]))[0]);
  // Four buckets become one: -8 to -5, -4 to -1, 0 to 3.
  expect(native).toMatchObject({ schema: 8, positive: { "-1": 1, 0: 14, 1: 6 }, negative: { 1: 7, 2: 8 } });
});

test.each([
  ["a scale below -4", exponential({ scale: -5, positive: [0, 3] }), 1.5],
  ["no sum", withoutSum(exponential({ positive: [0, 3] })), Number.NaN],
])("a histogram with %s has no native form, and has classic buckets", async (_, value, sum) => {
  const [family] = await read([exponentialHistogram({ name: "e" }, value)]);
  const { native, classic, ...rest } = histogramOf(family);
  expect(native).toBeUndefined();
  expect(rest).toEqual({ count: 3, sum });
  expect(classic.map(([, count]) => count)).toEqual([0, 3, 3]);
});

test("native histograms with the same labels in Prometheus are merged", async () => {
  const value = exponential({ scale: 2, positive: [3, 1, 2, 3], zeroCount: 1 });
  const metric = exponentialHistogram({ name: "e" }, value);
  const other = exponentialHistogram(
    { name: "e" },
    exponential({ scale: 1, positive: [0, 4], negative: [600, 5] }),
  );
  Reflect.set(metric.dataPoints[0]!, "attributes", { status: 200 });
  Reflect.set(other.dataPoints[0]!, "attributes", { status: "200" });
  const [family, ...others] = await read([metric, other]);
  expect([others.length, family!.metrics.length]).toEqual([0, 1]);
  expect(histogramOf(family)).toMatchObject({
    count: 16,
    sum: 3,
    native: { schema: 1, zeroCount: 1, positive: { 1: 4, 2: 1, 3: 5 }, negative: { 601: 5 } },
  });
});

test("merging distant series of one name makes their buckets coarser", async () => {
  const metrics = [-1_000, 1_000].map((offset) => exponential({ scale: 0, positive: [offset, 1] }));
  const merged = metrics.map((value, i) => {
    const metric = exponentialHistogram({ name: "e" }, value);
    Reflect.set(metric.dataPoints[0]!, "attributes", { list: i === 0 ? "[1]" : [1] });
    return metric;
  });
  const [family] = await read(merged);
  expect(histogramOf(family).native).toMatchObject({ schema: -4, positive: { "-62": 1, 63: 1 } });
});

test.each<[offset: number, text: string]>([
  [2 ** 31 - 2, 'e_bucket{le="4"} 2'],
  [2 ** 53, 'e_bucket{le="+Inf"} 3'],
])("written as classic buckets, bucket numbers as high as %d take bounded time", async (offset, line) => {
  const value = exponential({ scale: 30, positive: [offset, 1, 1, 1] });
  const metrics = resourceMetrics([scope("s", [exponentialHistogram({ name: "e" }, value)])]);
  const text = await rendered(metrics, { scopeLabels: false });
  expect(text.split("\n")).toContain(line);
  await renderedBytes(metrics, { format: "protobuf" });
});

test("series are still merged if one has bucket numbers that no value can have", async () => {
  const merged = [
    exponential({ scale: 8, positive: [-(2 ** 31), 1] }),
    exponential({ scale: -4, positive: [2 ** 31 - 1, 1] }),
  ].map((value, i) => {
    const metric = exponentialHistogram({ name: "e" }, value);
    Reflect.set(metric.dataPoints[0]!, "attributes", { list: i === 0 ? "[1]" : [1] });
    return metric;
  });
  const [family] = await read(merged);
  expect(histogramOf(family)).toMatchObject({ count: 2, native: undefined });
});

test("impossible counts do not affect other series", async () => {
  const value = {
    ...exponential({ positive: [0, Infinity, -1, Number.NaN] }),
    count: -3,
    zeroCount: Infinity,
  };
  const families = await read([exponentialHistogram({ name: "e" }, value), gauge({ name: "g" }, [{}, 1])]);
  expect(families.map(({ name }) => name)).toEqual(["e", "g"]);
});
